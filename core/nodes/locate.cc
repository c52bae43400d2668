// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/locate.h"

#include <cstdint>

namespace shmount {

Result<Location> FindLocation(const VolumeState& state, NodeId id) {
  auto location = state.nodes.Find(id.ino());
  if (!location) {
    return Fail(ESTALE, "unknown node");
  }
  return *std::move(location);
}

Result<Inode> FindInode(const VolumeState& state, const Location& location) {
  auto inode = [&]() -> Result<Inode> {
    if (location.parent == 0) {
      return state.backing.Find(location.name.c_str());
    }
    const auto draft = TRY(OpenDraft(state, location.parent));
    return draft.Find(location.name.c_str());
  }();
  if (!inode && inode.error().code != ENOENT) {
    return inode;
  }
  if (!inode || inode->stat().st_ino != location.ino) {
    return Fail(ESTALE, location.name);
  }
  return inode;
}

Result<Inode> FindBlock(const VolumeState& state, NodeId id) {
  if (const auto open = state.nodes.OpenFile(id.ino())) {
    return Inode::Of(*open);
  }
  const auto location = TRY(FindLocation(state, id));
  auto inode = TRY(FindInode(state, location));
  if (inode.is_directory() && id.role() != Role::kDirectory) {
    return Fail(ESTALE, "the block of a list that is a draft now");
  }
  return inode;
}

Result<Directory> OpenDraft(const VolumeState& state, std::uint64_t ino) {
  if (auto directory = state.private_files.Open(ino)) {
    return directory;
  }
  const auto location = state.nodes.Find(ino);
  if (!location || location->ino != ino) {
    return Fail(ESTALE, "draft");
  }
  auto draft = state.backing.OpenDirectory(location->name.c_str());
  if (!draft) {
    const int code = draft.error().code;
    const bool other = code == ENOENT || code == ENOTDIR || code == ELOOP || code == EXDEV;
    return Fail(other ? ESTALE : code, "draft");
  }
  const auto st = TRY(draft->Stat());
  if (st.st_ino != ino) {
    return Fail(ESTALE, "draft");
  }
  return draft;
}

}  // namespace shmount
