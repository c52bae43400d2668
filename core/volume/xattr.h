// SPDX-License-Identifier: Apache-2.0
// The extended attributes of nodes. Those of a block or draft are the backing's own. An element has
// one, the size of its slot.
#pragma once

#include <string>
#include <string_view>

#include "core/nodes/state.h"

namespace shmount {

/// As getxattr(2). ENODATA: there is none, or it is shmount's own. ENOTSUP: the name does not begin
/// with `user.`.
Result<std::string> GetXattr(VolumeState& state, NodeId id, const char* name, const Caller& caller);
/// The names, each followed by a NUL.
Result<std::string> ListXattr(VolumeState& state, NodeId id, const Caller& caller);
/// EPERM: the xattr is shmount's own, or the value is another size than the slot's. EINVAL: the
/// value is not the size of a slot.
Status SetXattr(VolumeState& state, NodeId id, const char* name, std::string_view value, int flags,
                const Caller& caller);
Status RemoveXattr(VolumeState& state, NodeId id, const char* name, const Caller& caller);

}  // namespace shmount
