// SPDX-License-Identifier: Apache-2.0
// What happens beneath, and what the kernel then has to forget.
#include <cstdint>

#include "core/backing/block_name.h"
#include "core/backing/classify.h"
#include "core/backing/directory.h"
#include "core/nodes/state.h"
#include "core/volume/volume.h"

namespace shmount {

void Volume::SetEvents(bool events) { state_->events = events; }

std::vector<Invalidation> Volume::Changes(const Event& event) {
  const std::string& name = event.name;
  if (!IsVisible(name, state_->options.semaphores)) {
    return {};  // the kernel never had it
  }
  if (!event.renamed) {
    if (const auto list = state_->writer.OwnWrite(name.c_str(), event.closes)) {
      return {{"", state_->BlockId(list->st_ino)}, {"", NodeId::Directory(list->st_ino)}};
    }
  }
  std::vector<Invalidation> changes;
  if (event.renamed) {
    for (const std::uint64_t ino : state_->nodes.OpenBy(0, name)) {
      changes.push_back({"", NodeId::Block(ino)});  // it may have a link less
    }
  }
  const auto entry = state_->FindEntry(name.c_str());
  if (!entry) {
    if (event.renamed) {
      changes.push_back({name, std::nullopt});
    }
    return changes;
  }
  const std::uint64_t ino = entry->inode.stat().st_ino;
  const Cached now{entry->kind == Kind::kList, entry->inode.stat().st_size};
  const auto cached = state_->nodes.FindCached(ino);
  // What the mount itself created or moved there the kernel need not forget. What a lookup answered
  // it must: the answer to an older one may reach it later.
  if (!cached || *cached != now || (event.renamed && !state_->nodes.IsCreated(ino, name))) {
    changes.push_back({name, std::nullopt});
  }
  if (cached) {
    changes.push_back({"", state_->BlockId(ino)});
    if (entry->kind != Kind::kBlock || cached->is_list) {
      changes.push_back({"", NodeId::Directory(ino)});
    }
  }
  return changes;
}

std::vector<Invalidation> Volume::Everything() const {
  std::vector<Invalidation> all;
  for (const Location& location : state_->nodes.Locations()) {
    if (location.parent == 0) {
      all.push_back({location.name, state_->BlockId(location.ino)});
      all.push_back({location.name, NodeId::Directory(location.ino)});
    }
  }
  return all;
}

}  // namespace shmount
