// SPDX-License-Identifier: Apache-2.0
// Finds nodes by their numbers alone. The kernel asks for a node that it has forgotten when a file
// handle of an NFS server or of name_to_handle_at(2) is used. Also the paths of nodes, for logs.
#pragma once

#include <string>

#include "core/nodes/state.h"

namespace shmount {

/// Finds a node and counts the lookup. ESTALE: it is gone, or it is a file in a draft.
Result<Found> LookupByNumber(VolumeState& state, NodeId id, const Caller& caller);

/// The path below the mount of a node that the kernel has cached, such as `.`, `NAME` or
/// `LIST/3.int`. Empty if it is unknown.
std::string PathOf(const VolumeState& state, NodeId id);

}  // namespace shmount
