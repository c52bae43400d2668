// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/backing/block_file.h"
#include "core/nodes/directory_node.h"
#include "core/nodes/state.h"
#include "core/store/thaw.h"

namespace shmount {

/// Thaws the list at `location` (store/thaw.h), which takes the rights of its owner. `file` is its
/// block. The list's node goes on as the draft, which this returns. EPERM, and ThawList's errors.
Result<std::unique_ptr<DirectoryNode>> ThawDirectory(VolumeState& state, const Location& location,
                                                     const Inode& block, const BlockFile& file,
                                                     const ThawTo& to, const Caller& caller);

}  // namespace shmount
