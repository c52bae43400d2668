// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/backing/block_file.h"
#include "core/backing/inode.h"
#include "core/nodes/directory_node.h"
#include "core/nodes/state.h"

namespace shmount {

/// Makes the directory of a draft (store/draft.h). `inode` was found at `location`.
Result<std::unique_ptr<DirectoryNode>> MakeDraftDirectory(VolumeState& state,
                                                          const Location& location, Inode inode,
                                                          const Caller& caller);

/// Presents a file of the draft `ino` that was just created, and takes its open file.
Result<Opened> PresentOpened(VolumeState& state, std::uint64_t ino, const char* name,
                             BlockFile file);

/// Makes a handle for an open file of a draft.
std::unique_ptr<FileHandle> MakeDraftHandle(VolumeState& state, const Location& location,
                                            BlockFile file);

}  // namespace shmount
