// SPDX-License-Identifier: Apache-2.0
// The nodes that are files of the backing: blocks, and the files of drafts.
#pragma once

#include <memory>
#include <optional>

#include "core/nodes/locate.h"
#include "core/nodes/state.h"
#include "core/nodes/types.h"

namespace shmount {

/// The location of a file of a draft; nothing for any other node. The daemon itself reads and
/// writes such files, because it checks what is written.
std::optional<Location> FindDraftLocation(const VolumeState& state, NodeId id);

/// These fail as the caller's own call on the file would. ESTALE: the file has lost its name.
Result<Attr> GetBlockAttr(VolumeState& state, NodeId id, const Caller& caller);
/// Changes a size through `handle` unless that is null.
Result<Attr> SetBlockAttr(VolumeState& state, NodeId id, const AttrChange& change,
                          FileHandle* handle, const Caller& caller);
/// Opens a block, or a file of a draft. `flags` are those of open(2).
Result<std::unique_ptr<FileHandle>> OpenBlock(VolumeState& state, NodeId id, int flags,
                                              const Caller& caller);

}  // namespace shmount
