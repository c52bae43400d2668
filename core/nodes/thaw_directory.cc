// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/thaw_directory.h"

#include <cstdint>
#include <mutex>

#include "core/nodes/draft_directory.h"
#include "core/nodes/locate.h"

namespace shmount {

Result<std::unique_ptr<DirectoryNode>> ThawDirectory(VolumeState& state, const Location& location,
                                                     const Inode& block, const BlockFile& file,
                                                     const ThawTo& to, const Caller& caller) {
  TRY(state.ActingAs(caller, [&] { return block.SetMode(block.stat().st_mode & 07777); }));
  const auto draft = state.ActingAs(caller, [&] {
    const std::lock_guard lock(state.block_opens);
    return ThawList(state.backing, location.name.c_str(), block, file, to);
  });
  if (!draft) {
    state.Log("cannot make '" + location.name + "' a draft: " + draft.error().where);
    return std::unexpected(draft.error());
  }
  state.DropList(block.key());
  const auto number = state.nodes.Become(location.ino, KeyOf(*draft), false);
  state.Forget(NodeId::Root());  // the root's times have changed
  const Location now{number, 0, location.name};
  auto inode = TRY(FindInode(state, now, caller));
  return MakeDraftDirectory(state, now, std::move(inode), caller);
}

}  // namespace shmount
