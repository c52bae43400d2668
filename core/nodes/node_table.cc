// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/node_table.h"

#include <malloc.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/backing/block_file.h"

namespace shmount {
namespace {

// The allocator keeps what a listing of a large directory took unless it is asked to give it back.
constexpr std::size_t kWorthTrimming = 4096;

}  // namespace

void NodeTable::Remember(const Place& place, const Told& told) {
  const std::lock_guard lock(mutex_);
  Node& node = nodes_[place.ino];
  if (node.place != place) {
    Unmake(node.place);  // it has left that name
    if (place.parent == 0) {
      made_.erase(place.name);  // which another had
    }
    node.place = place;
  }
  node.told = told;
  ++node.lookups;
}

void NodeTable::Forget(std::uint64_t ino, std::uint64_t count) {
  const std::lock_guard lock(mutex_);
  const auto it = nodes_.find(ino);
  if (it == nodes_.end()) {
    return;
  }
  if (it->second.lookups > count) {
    it->second.lookups -= count;
    return;
  }
  most_ = std::max(most_, nodes_.size());
  Unmake(it->second.place);
  nodes_.erase(it);
  if (most_ >= kWorthTrimming && nodes_.size() < most_ / 4) {
    most_ = nodes_.size();
    nodes_.rehash(0);
    malloc_trim(0);
  }
}

std::optional<Place> NodeTable::Find(std::uint64_t ino) const {
  const std::lock_guard lock(mutex_);
  const auto it = nodes_.find(ino);
  return it == nodes_.end() ? std::nullopt : std::optional(it->second.place);
}

std::optional<Told> NodeTable::LastTold(std::uint64_t ino) const {
  const std::lock_guard lock(mutex_);
  const auto it = nodes_.find(ino);
  return it == nodes_.end() ? std::nullopt : std::optional(it->second.told);
}

void NodeTable::Tell(std::uint64_t ino, const Told& told) {
  const std::lock_guard lock(mutex_);
  if (const auto it = nodes_.find(ino); it != nodes_.end()) {
    it->second.told = told;
  }
}

void NodeTable::TellSize(std::uint64_t ino, std::int64_t size) {
  const std::lock_guard lock(mutex_);
  if (const auto it = nodes_.find(ino); it != nodes_.end() && !it->second.told.is_list) {
    it->second.told.size = size;
  }
}

void NodeTable::Move(std::uint64_t ino, std::uint64_t parent, const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (const auto it = nodes_.find(ino); it != nodes_.end()) {
    Unmake(it->second.place);
    it->second.place.parent = parent;
    it->second.place.name = name;
    if (parent == 0) {
      made_[name] = ino;
    }
  }
}

void NodeTable::SetMade(std::uint64_t ino, const std::string& name) {
  const std::lock_guard lock(mutex_);
  made_[name] = ino;
}

void NodeTable::SetAbsent(const std::string& name) {
  const std::lock_guard lock(mutex_);
  made_.erase(name);
}

bool NodeTable::IsMade(std::uint64_t ino, const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto it = made_.find(name);
  return it != made_.end() && it->second == ino;
}

void NodeTable::Unmake(const Place& place) {
  const auto it = place.parent == 0 ? made_.find(place.name) : made_.end();
  if (it != made_.end() && it->second == place.ino) {
    made_.erase(it);
  }
}

void NodeTable::BecomeList(std::uint64_t ino, std::uint64_t block) {
  const std::lock_guard lock(mutex_);
  if (const auto it = nodes_.find(ino); it != nodes_.end()) {
    it->second.place.ino = block;
    it->second.told = {.is_list = true, .size = -1};
  }
}

void NodeTable::Opened(std::uint64_t ino, const std::shared_ptr<BlockFile>& file) {
  const std::lock_guard lock(mutex_);
  Open& open = open_[ino];
  if (!open.file) {
    open.file = file;
  }
  ++open.count;
}

void NodeTable::Released(std::uint64_t ino) {
  const std::lock_guard lock(mutex_);
  const auto it = open_.find(ino);
  if (it != open_.end() && --it->second.count == 0) {
    open_.erase(it);
  }
}

std::shared_ptr<BlockFile> NodeTable::OpenFile(std::uint64_t ino) const {
  const std::lock_guard lock(mutex_);
  const auto it = open_.find(ino);
  return it == open_.end() ? nullptr : it->second.file;
}

std::vector<std::uint64_t> NodeTable::OpenBy(std::uint64_t parent, const std::string& name) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::uint64_t> found;
  for (const auto& [ino, open] : open_) {
    const auto node = nodes_.find(ino);
    if (node != nodes_.end() && node->second.place.parent == parent &&
        node->second.place.name == name) {
      found.push_back(ino);
    }
  }
  return found;
}

std::vector<Place> NodeTable::Places() const {
  const std::lock_guard lock(mutex_);
  std::vector<Place> places;
  places.reserve(nodes_.size());
  for (const auto& [ino, node] : nodes_) {
    places.push_back(node.place);
  }
  return places;
}

std::size_t NodeTable::size() const {
  const std::lock_guard lock(mutex_);
  return nodes_.size();
}

}  // namespace shmount
