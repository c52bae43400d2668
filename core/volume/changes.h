// SPDX-License-Identifier: Apache-2.0
// What happens beneath, and what the kernel then has to forget.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/backing/watch.h"
#include "core/nodes/state.h"

namespace shmount {

/// What the kernel has to forget after a change beneath: a name in the root, or a node's
/// attributes.
struct Invalidation {
  std::string name{};  ///< of a dentry in the root; empty: none
  /// The name stands for another file now, or for none. Otherwise it is only to be looked up again:
  /// what has it open is to go on showing it.
  bool gone = false;
  std::optional<NodeId> id{};  ///< whose attributes lapse
};

/// After an event in the backing: the name where it stands for something else now, and the
/// attributes that can have changed.
std::vector<Invalidation> Changes(VolumeState& state, const Event& event);

/// When events were lost: all that the kernel knows.
std::vector<Invalidation> Everything(const VolumeState& state);

/// After a change of the backing's own attributes: finds out what every user may do there. True
/// where not everybody may search it any more, so that the kernel has to forget all that it knows.
bool ReviewRights(VolumeState& state);

}  // namespace shmount
