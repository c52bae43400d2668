// SPDX-License-Identifier: Apache-2.0
#include "core/volume/changes.h"

#include <unistd.h>

#include <cstdint>
#include <mutex>

#include "core/backing/block_name.h"
#include "core/backing/classify.h"
#include "core/backing/directory.h"
#include "core/nodes/state.h"

namespace shmount {

std::vector<Invalidation> Changes(VolumeState& state, const Event& event) {
  const std::string& name = event.name;
  if (!IsVisible(name, state.options.semaphores)) {
    return {};  // the kernel never cached it
  }
  if (!event.renamed) {
    if (const auto list = state.writer.OwnWrite(name.c_str(), event.closes)) {
      const auto number = state.nodes.NumberOf(KeyOf(*list));
      return {{.id = state.BlockId(number)}, {.id = NodeId::Directory(number)}};
    }
  }
  std::vector<Invalidation> changes;
  if (event.renamed) {
    for (const std::uint64_t ino : state.OpenBy(0, name)) {
      changes.push_back({.id = NodeId::Block(ino)});  // its link count may have changed
    }
  }
  const auto entry = [&] {
    const std::lock_guard lock(state.block_opens);
    return state.FindEntry(name.c_str());
  }();
  if (event.renamed) {
    state.private_files.NameGone(name);
  }
  if (!entry) {
    if (event.renamed) {
      changes.push_back({.name = name, .gone = entry.error().code == ENOENT});
    }
    return changes;
  }
  const struct stat& st = entry->inode.stat();
  const bool is_list = entry->kind == Kind::kList;
  const auto number = state.nodes.NumberOf(entry->inode.key());
  const auto cached = state.nodes.FindCached(number);
  if (!cached) {
    // The kernel may have cached another file under this name. The name only expires: the kernel
    // may have looked up the present file since.
    changes.push_back({.name = name});
    return changes;
  }
  // The kernel need not forget a name that a call through this mount created or renamed. It must
  // forget a name that a lookup found, because the reply to an older lookup may reach it later.
  if (cached->is_list != is_list || (event.renamed && !state.nodes.IsCreated(number, name))) {
    changes.push_back({.name = name});
  }
  if (is_list || cached->is_list) {
    changes.push_back({.id = state.BlockId(number)});
  } else if (entry->kind == Kind::kBlock) {
    state.ForgetAttributes(state.BlockId(number), st);
  }
  if (entry->kind != Kind::kBlock || cached->is_list) {
    changes.push_back({.id = NodeId::Directory(number)});
  }
  return changes;
}

std::vector<Invalidation> Everything(const VolumeState& state) {
  std::vector<Invalidation> all;
  for (const Location& location : state.nodes.Locations()) {
    if (location.parent == 0) {
      const auto st = state.backing.StatOf(location.name.c_str());
      const bool gone =
          st ? state.nodes.NumberOf(KeyOf(*st)) != location.ino : st.error().code == ENOENT;
      all.push_back({.name = location.name, .gone = gone, .id = state.BlockId(location.ino)});
      all.push_back({.id = NodeId::Directory(location.ino)});
    }
  }
  return all;
}

bool ReviewRights(VolumeState& state) {
  if (!state.options.multi_user) {
    return false;
  }
  const int now = state.backing.RightsOfEverybody();
  return (state.everybody.exchange(now) & ~now & X_OK) != 0;
}

}  // namespace shmount
