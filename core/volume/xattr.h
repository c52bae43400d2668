// SPDX-License-Identifier: Apache-2.0
// Extended attributes: a block's and a draft's are the backing's own; an element has the size of
// its slot.
#pragma once

#include <string>
#include <string_view>

#include "core/nodes/state.h"

namespace shmount {

/// As getxattr(2). ENODATA also for what shmount itself keeps; ENOTSUP: a name that is not `user.`.
Result<std::string> GetXattr(VolumeState& state, NodeId id, const char* name, const Caller& caller);
/// The names, each with a NUL after it.
Result<std::string> ListXattr(VolumeState& state, NodeId id, const Caller& caller);
/// EPERM: what shmount itself keeps, or another size than the slot has. EINVAL: no slot's size.
Status SetXattr(VolumeState& state, NodeId id, const char* name, std::string_view value, int flags,
                const Caller& caller);
Status RemoveXattr(VolumeState& state, NodeId id, const char* name, const Caller& caller);

}  // namespace shmount
