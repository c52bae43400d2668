// SPDX-License-Identifier: Apache-2.0
// Finds the file in the backing that a node's number stands for.
#pragma once

#include <cstdint>

#include "core/backing/directory.h"
#include "core/backing/inode.h"
#include "core/nodes/state.h"

namespace shmount {

/// The location of a node in the backing. ESTALE: the table does not have it.
Result<Location> FindLocation(const VolumeState& state, NodeId id);

/// The inode at a location. If the caller repeats a call after ESTALE (SecondLooks), it is the
/// inode that the repeated lookup found. ESTALE: another file is there now, or none.
Result<Inode> FindInode(const VolumeState& state, const Location& location, const Caller& caller);

/// The inode of a raw block or of a draft's file, also after its unlink if it is open.
Result<Inode> FindBlock(const VolumeState& state, NodeId id, const Caller& caller);

/// The same for an open, which most often comes by the name. Then the name must still stand for the
/// file. A file without a name can be opened only by way of an open file (/proc/PID/fd).
Result<Inode> FindToOpen(VolumeState& state, NodeId id, const Caller& caller);

/// Opens the draft, or the directory of a user's private files in a list, that has this inode
/// number. ESTALE: it is sealed or gone.
Result<Directory> OpenDraft(const VolumeState& state, std::uint64_t ino);

/// Whether it still is one: asked after a change in it, which then comes before any seal
/// (store/draft.h). ESTALE where it is sealed or gone. A look that fails for another reason is made
/// again, because the change is made and its caller would be told that it is not.
Status CheckDraft(const VolumeState& state, std::uint64_t ino);

}  // namespace shmount
