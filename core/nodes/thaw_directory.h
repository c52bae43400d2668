// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/backing/block_file.h"
#include "core/nodes/state.h"
#include "core/store/thaw.h"

namespace shmount {

/// Thaws the list at `location` (store/thaw.h). `file` is its open block. The list's node becomes
/// that of the draft, whose number replaces the one in `location`. EPERM: the caller does not own
/// the list. Otherwise fails as ThawList.
Result<Thawed> ThawDirectory(VolumeState& state, Location& location, const Inode& block,
                             const BlockFile& file, const ThawTo& to, const Caller& caller);

}  // namespace shmount
