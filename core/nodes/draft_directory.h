// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/nodes/directory_node.h"
#include "core/nodes/state.h"

namespace shmount {

/// A draft: a directory in the backing in which the files of a list to be are created. `inode` is
/// what was found at `location`.
Result<std::unique_ptr<DirectoryNode>> MakeDraftDirectory(VolumeState& state,
                                                          const Location& location, Inode inode,
                                                          const Caller& caller);

/// An open file of a draft.
std::unique_ptr<FileHandle> MakeDraftHandle(VolumeState& state, const Location& location,
                                            BlockFile file);

}  // namespace shmount
