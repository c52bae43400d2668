// SPDX-License-Identifier: Apache-2.0
// The nodes that are files of the backing: blocks, and the files of drafts.
#pragma once

#include <memory>
#include <optional>

#include "core/nodes/locate.h"
#include "core/nodes/state.h"
#include "core/nodes/types.h"

namespace shmount {

/// Where a file of a draft lies, which the daemon itself reads and writes to check what is written;
/// nothing for what is none.
std::optional<Location> FindDraftPlace(const VolumeState& state, NodeId id);

/// These fail as the caller's own call on the file would. ESTALE: it is no longer at its name.
Result<Attr> GetBlockAttr(VolumeState& state, NodeId id, const Caller& caller);
/// A size is changed through `handle`, if the caller has one open.
Result<Attr> SetBlockAttr(VolumeState& state, NodeId id, const AttrChange& change,
                          FileHandle* handle, const Caller& caller);
Result<std::unique_ptr<FileHandle>> OpenBlock(VolumeState& state, NodeId id, int flags,
                                              const Caller& caller);

}  // namespace shmount
