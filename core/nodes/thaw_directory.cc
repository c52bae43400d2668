// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/thaw_directory.h"

#include <cstdint>
#include <mutex>

namespace shmount {

Result<Thawed> ThawDirectory(VolumeState& state, Location& location, const Inode& block,
                             const BlockFile& file, const ThawTo& to, const Caller& caller) {
  TRY(state.ActingAs(caller, [&] { return block.SetMode(block.stat().st_mode & 07777); }));
  auto draft = state.ActingAs(caller, [&] {
    const std::lock_guard lock(state.block_opens);
    return ThawList(state.staging, location.name.c_str(), block, file, to);
  });
  if (!draft) {
    state.Log("cannot make '" + location.name + "' a draft: " + draft.error().where);
    return std::unexpected(draft.error());
  }
  state.DropList(block.key());
  location.ino = state.nodes.Become(location.ino, draft->inode.key(), false);
  state.Forget(NodeId::Root());  // the root's times have changed
  return draft;
}

}  // namespace shmount
