// SPDX-License-Identifier: Apache-2.0
// Nodes by their numbers alone: those that the kernel has forgotten and asks for by a file handle,
// which a server of NFS or name_to_handle_at(2) gave out, and their paths for people to read.
#pragma once

#include <string>

#include "core/nodes/state.h"

namespace shmount {

/// Finds a node, and counts the lookup. ESTALE where it is no more, and for a file in a draft.
Result<Found> LookupByNumber(VolumeState& state, NodeId id, const Caller& caller);

/// Where a node that the kernel knows lies, below the mount: `.`, `NAME`, `LIST/3.int`. Empty where
/// it is not known.
std::string PathOf(const VolumeState& state, NodeId id);

}  // namespace shmount
