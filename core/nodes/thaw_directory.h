// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/backing/block_file.h"
#include "core/nodes/directory_node.h"
#include "core/nodes/state.h"
#include "core/store/thaw.h"

namespace shmount {

/// Thaws the list at `location` (store/thaw.h). `file` is its open block. The list's node becomes
/// that of the draft, which this returns. EPERM: the caller does not own the list. Otherwise fails
/// as ThawList.
Result<std::unique_ptr<DirectoryNode>> ThawDirectory(VolumeState& state, const Location& location,
                                                     const Inode& block, const BlockFile& file,
                                                     const ThawTo& to, const Caller& caller);

}  // namespace shmount
