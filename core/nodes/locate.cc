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

Result<Inode> FindInode(const VolumeState& state, const Location& location, const Caller& caller) {
  auto inode = [&]() -> Result<Inode> {
    if (location.parent == 0) {
      return state.backing.Find(location.name.c_str());
    }
    const auto draft = TRY(OpenDraft(state, location.parent));
    return draft.Find(location.name.c_str());
  }();
  const bool gone = !inode && (inode.error().code == ENOENT || inode.error().code == ESTALE);
  if (gone || (inode && state.nodes.NumberOf(inode->key()) != location.ino)) {
    auto held = state.second_looks.Find(caller.pid, [&](const Inode& each) {
      return state.nodes.NumberOf(each.key()) == location.ino;
    });
    return held ? *std::move(held) : Result<Inode>(Fail(ESTALE, location.name));
  }
  return inode;
}

namespace {

Result<Inode> FindRaw(const VolumeState& state, const Location& location, NodeId id,
                      const Caller& caller) {
  auto inode = TRY(FindInode(state, location, caller));
  if (inode.is_directory() && id.role() != Role::kDirectory) {
    return Fail(ESTALE, "the block of a list that is a draft now");
  }
  return inode;
}

}  // namespace

Result<Inode> FindBlock(const VolumeState& state, NodeId id, const Caller& caller) {
  if (const auto open = state.open_blocks.Find(id.ino())) {
    return Inode::Of(*open);
  }
  const auto location = TRY(FindLocation(state, id));
  return FindRaw(state, location, id, caller);
}

Result<Inode> FindToOpen(VolumeState& state, NodeId id, const Caller& caller) {
  const auto location = TRY(FindLocation(state, id));
  auto inode = FindRaw(state, location, id, caller);
  if (inode || inode.error().code != ESTALE) {
    return inode;
  }
  if (const auto open = state.open_blocks.Find(id.ino());
      open && state.second_looks.IsRepeated(caller.pid, id)) {
    return Inode::Of(*open);
  }
  state.second_looks.Begin(caller.pid, id);
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
  if (state.nodes.NumberOf(KeyOf(st)) != ino) {
    return Fail(ESTALE, "draft");
  }
  return draft;
}

Status CheckDraft(const VolumeState& state, std::uint64_t ino) {
  if (state.private_files.Has(ino)) {
    return {};
  }
  const auto location = state.nodes.Find(ino);
  if (!location || location->ino != ino) {
    return Fail(ESTALE, "draft");
  }
  constexpr int kTries = 5;
  auto st = state.backing.StatOf(location->name.c_str());
  for (int tries = 1; !st && st.error().code != ENOENT && tries < kTries; ++tries) {
    st = state.backing.StatOf(location->name.c_str());
  }
  if (!st && st.error().code != ENOENT) {
    return std::unexpected(st.error());
  }
  return st && state.nodes.NumberOf(KeyOf(*st)) == ino ? Status{} : Fail(ESTALE, "draft");
}

}  // namespace shmount
