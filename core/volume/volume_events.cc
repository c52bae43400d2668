// SPDX-License-Identifier: Apache-2.0
// What happens beneath, and what the kernel then has to forget.
#include <cstdint>

#include "core/backing/block_name.h"
#include "core/backing/classify.h"
#include "core/backing/directory.h"
#include "core/nodes/state.h"

namespace shmount {

void Volume::SetEvents(bool events) { state_->events = events; }

std::vector<Invalidation> Volume::Changes(const std::string& name, bool renamed) {
  if (!IsVisible(name, state_->options.semaphores)) {
    return {};  // the kernel was never told of it
  }
  std::vector<Invalidation> changes;
  if (renamed) {
    for (const std::uint64_t ino : state_->nodes.OpenBy(0, name)) {
      changes.push_back({"", NodeId::Block(ino)});  // it may have a link less
    }
  }
  const auto entry = state_->Look(name.c_str());
  if (!entry) {
    if (renamed) {
      changes.push_back({name, std::nullopt});
    }
    return changes;
  }
  const std::uint64_t ino = entry->inode.stat().st_ino;
  const Told now{entry->kind == Kind::kList, entry->inode.stat().st_size};
  const auto told = state_->nodes.LastTold(ino);
  // What the mount itself made or moved there the kernel need not forget. What a look told of it
  // must: the answer to an older one may reach it later.
  if (!told || *told != now || (renamed && !state_->nodes.IsMade(ino, name))) {
    changes.push_back({name, std::nullopt});
  }
  if (told) {
    state_->nodes.Tell(ino, now);
    changes.push_back({"", state_->BlockId(ino)});
    if (entry->kind != Kind::kBlock || told->is_list) {
      changes.push_back({"", NodeId::Directory(ino)});
    }
  }
  return changes;
}

std::vector<Invalidation> Volume::Everything() const {
  std::vector<Invalidation> all;
  for (const Place& place : state_->nodes.Places()) {
    if (place.parent == 0) {
      all.push_back({place.name, state_->BlockId(place.ino)});
      all.push_back({place.name, NodeId::Directory(place.ino)});
    }
  }
  return all;
}

}  // namespace shmount
