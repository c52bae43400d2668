// SPDX-License-Identifier: Apache-2.0
// Turns events in the backing into what the kernel must forget.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/backing/watch.h"
#include "core/nodes/state.h"

namespace shmount {

/// What the kernel must forget after a change in the backing: a name in the root, or a node's
/// attributes.
struct Invalidation {
  std::string name{};  ///< the name of a dentry in the root; empty: none
  /// Whether the name was removed or is another file's now. If not, the name only has to be looked
  /// up again, and open files must go on showing their path.
  bool gone = false;
  std::optional<NodeId> id{};  ///< the node whose attributes to forget
};

/// What to forget after an event in the backing: the name if it is another file's now, and the
/// attributes that may have changed.
std::vector<Invalidation> Changes(VolumeState& state, const Event& event);

/// What to forget after events were lost: all that the kernel has cached.
std::vector<Invalidation> Everything(const VolumeState& state);

/// Reads the rights of every user in the backing again. Call it after a change of the backing's own
/// attributes. Returns true if not everybody may search the backing any more, so that the kernel
/// must forget everything.
bool ReviewRights(VolumeState& state);

}  // namespace shmount
