// SPDX-License-Identifier: Apache-2.0
// From a node's number to where it lies in the backing.
#pragma once

#include <cstdint>

#include "core/backing/directory.h"
#include "core/backing/inode.h"
#include "core/nodes/state.h"

namespace shmount {

/// Where a node lies in the backing. ESTALE where the kernel should not know it.
Result<Location> FindLocation(const VolumeState& state, NodeId id);

/// The inode at a location, or the one that the caller has looked up there for a second time.
/// ESTALE where another is there by now, or none.
Result<Inode> FindInode(const VolumeState& state, const Location& location, const Caller& caller);

/// The inode of a raw block or a draft's file, also after its unlink while it is open.
Result<Inode> FindBlock(const VolumeState& state, NodeId id, const Caller& caller);

/// The same for an open, which most often comes by the name: that has to stand for it. What has
/// lost its name is opened where the open comes by an open file.
Result<Inode> FindToOpen(VolumeState& state, NodeId id, const Caller& caller);

/// Opens the draft, or the directory of a user's private files in a list, with this inode number.
/// ESTALE where it is sealed or gone.
Result<Directory> OpenDraft(const VolumeState& state, std::uint64_t ino);

}  // namespace shmount
