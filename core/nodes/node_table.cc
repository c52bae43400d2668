// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/node_table.h"

#include <malloc.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/backing/node_id.h"
#include "core/base/time_order.h"

namespace shmount {
namespace {

// The allocator keeps what a listing of a large directory took unless it is asked to give it back.
constexpr std::size_t kWorthTrimming = 4096;

}  // namespace

std::uint64_t NodeTable::NumberOf(const FileKey& file) const {
  const std::lock_guard lock(mutex_);
  return FindNumber(file);
}

std::uint64_t NodeTable::FindNumber(const FileKey& file) const {
  if (const auto it = others_.find(file); it != others_.end()) {
    return it->second;
  }
  std::uint64_t number = NodeId::NumberFor(file.ino);
  for (std::uint64_t bits = FileKeyHash()(file); !IsFree(number, file); bits = MixBits(bits + 1)) {
    number = bits >> NodeId::kBits | 1;
  }
  return number;
}

// Whether no other file has the number: neither now, nor as the kernel knows it.
bool NodeTable::IsFree(std::uint64_t number, const FileKey& file) const {
  const auto is_file = [&](const Node& node) {
    return node.location.ino == number && node.file == file;
  };
  const auto known = nodes_.find(number);
  const auto [begin, end] = numbers_.equal_range(number);
  return (known == nodes_.end() || is_file(known->second)) &&
         std::all_of(begin, end, [&](const auto& each) { return is_file(nodes_.at(each.second)); });
}

void NodeTable::SetFile(Node& node, const FileKey& file, std::uint64_t number) {
  node.file = file;
  if (number != NodeId::NumberFor(file.ino)) {
    others_[file] = number;
  }
}

void NodeTable::DropFile(const Node& node) {
  if (!others_.empty() && NodesOf(node.location.ino).size() <= 1) {
    others_.erase(node.file);
  }
}

std::uint64_t NodeTable::Remember(const FileKey& file, Location location, const Cached& cached) {
  const std::lock_guard lock(mutex_);
  location.ino = FindNumber(file);
  Node& node = nodes_[location.ino];
  SetFile(node, file, location.ino);
  if (node.location != location) {
    DropCreated(node.location);  // it has left that name
    if (location.parent == 0) {
      created_.erase(location.name);  // which another had
    }
    DropNumber(location.ino, node.location.ino);
    node.location = location;
  }
  node.cached = cached;
  ++node.lookups;
  return location.ino;
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
  DropCreated(it->second.location);
  DropWritten(it->second);
  DropFile(it->second);
  DropNumber(ino, it->second.location.ino);
  nodes_.erase(it);
  if (most_ >= kWorthTrimming && nodes_.size() < most_ / 4) {
    most_ = nodes_.size();
    nodes_.rehash(0);
    malloc_trim(0);
  }
}

std::optional<Location> NodeTable::Find(std::uint64_t ino) const {
  const std::lock_guard lock(mutex_);
  auto it = nodes_.find(ino);
  if (const auto number = numbers_.find(ino); it == nodes_.end() && number != numbers_.end()) {
    it = nodes_.find(number->second);
  }
  return it == nodes_.end() ? std::nullopt : std::optional(it->second.location);
}

std::optional<Cached> NodeTable::FindCached(std::uint64_t ino) const {
  const std::lock_guard lock(mutex_);
  const auto it = nodes_.find(ino);
  return it == nodes_.end() ? std::nullopt : std::optional(it->second.cached);
}

void NodeTable::SetAttributes(std::uint64_t ino, const struct stat& st) {
  const std::lock_guard lock(mutex_);
  if (const auto it = nodes_.find(ino); it != nodes_.end()) {
    it->second.attributes = st;
    if (!it->second.cached.is_list) {
      it->second.cached.size = st.st_size;
    }
  }
}

void NodeTable::ForgetAttributes(std::uint64_t ino, const struct stat& now, bool fine,
                                 const std::function<void()>& forget) {
  const std::lock_guard lock(mutex_);
  const auto it = nodes_.find(ino);
  if (it == nodes_.end() || !it->second.attributes) {
    return;
  }
  const struct stat& known = *it->second.attributes;
  if (fine && !IsEarlier(known.st_ctim, now.st_ctim)) {
    return;
  }
  forget();
  it->second.attributes.reset();
}

void NodeTable::Move(std::uint64_t ino, std::uint64_t parent, const std::string& name) {
  const std::lock_guard lock(mutex_);
  for (const std::uint64_t each : NodesOf(ino)) {
    Location& location = nodes_.at(each).location;
    DropCreated(location);
    location.parent = parent;
    location.name = name;
    if (parent == 0) {
      created_[name] = ino;
    }
  }
}

void NodeTable::SetCreated(std::uint64_t ino, const std::string& name) {
  const std::lock_guard lock(mutex_);
  created_[name] = ino;
}

void NodeTable::SetAbsent(const std::string& name) {
  const std::lock_guard lock(mutex_);
  created_.erase(name);
}

bool NodeTable::IsCreated(std::uint64_t ino, const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto it = created_.find(name);
  return it != created_.end() && it->second == ino;
}

void NodeTable::DropCreated(const Location& location) {
  const auto it = location.parent == 0 ? created_.find(location.name) : created_.end();
  if (it != created_.end() && it->second == location.ino) {
    created_.erase(it);
  }
}

void NodeTable::SetWritten(const FileStat& st) {
  const std::lock_guard lock(mutex_);
  const auto it = nodes_.find(FindNumber(KeyOf(st)));
  if (it == nodes_.end()) {
    return;
  }
  std::optional<Written>& written = it->second.written;
  written_ += written ? 0 : 1;
  written = Written{st.st_ctim, written ? written->closes : 0};
}

void NodeTable::DropWritten(std::uint64_t ino) {
  const std::lock_guard lock(mutex_);
  if (const auto it = nodes_.find(ino); it != nodes_.end()) {
    DropWritten(it->second);
  }
}

void NodeTable::DropWritten(Node& node) {
  written_ -= node.written ? 1 : 0;
  node.written.reset();
}

void NodeTable::AddOwnClose(std::uint64_t ino) {
  const std::lock_guard lock(mutex_);
  if (const auto it = nodes_.find(ino); it != nodes_.end() && it->second.written) {
    ++it->second.written->closes;
  }
}

bool NodeTable::AnyWritten() const {
  const std::lock_guard lock(mutex_);
  return written_ > 0;
}

bool NodeTable::IsOwnWrite(const FileStat& now, unsigned closes) {
  const std::lock_guard lock(mutex_);
  const auto it = nodes_.find(FindNumber(KeyOf(now)));
  if (it == nodes_.end() || !it->second.written) {
    return false;
  }
  Written& written = *it->second.written;
  const bool same = SameTime(written.changed, now.st_ctim) &&
                    it->second.cached == Cached{.is_list = true, .size = now.st_size};
  const bool own = same && closes <= written.closes;
  if (own) {
    written.closes -= closes;
  }
  if (!own || (closes > 0 && written.closes == 0)) {
    DropWritten(it->second);
  }
  return own;
}

// Those that have the number now; one that the kernel knows by it comes first.
std::vector<std::uint64_t> NodeTable::NodesOf(std::uint64_t ino) const {
  std::vector<std::uint64_t> nodes;
  if (nodes_.contains(ino)) {
    nodes.push_back(ino);
  }
  const auto [begin, end] = numbers_.equal_range(ino);
  std::for_each(begin, end, [&nodes](const auto& each) { nodes.push_back(each.second); });
  return nodes;
}

void NodeTable::DropNumber(std::uint64_t node, std::uint64_t ino) {
  const auto [begin, end] = numbers_.equal_range(ino);
  const auto it =
      std::find_if(begin, end, [node](const auto& each) { return each.second == node; });
  if (it != end) {
    numbers_.erase(it);
  }
}

std::uint64_t NodeTable::Become(std::uint64_t ino, const FileKey& other, bool is_list) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t number = FindNumber(other);
  for (const std::uint64_t each : NodesOf(ino)) {
    Node& node = nodes_.at(each);
    if (node.location.ino != ino) {
      continue;  // it had become another before
    }
    DropWritten(node);
    DropFile(node);
    DropNumber(each, ino);
    numbers_.emplace(number, each);
    node.location.ino = number;
    SetFile(node, other, number);
    node.cached = {.is_list = is_list, .size = -1};
    node.attributes.reset();
  }
  return number;
}

std::vector<Location> NodeTable::Locations() const {
  const std::lock_guard lock(mutex_);
  std::vector<Location> locations;
  locations.reserve(nodes_.size());
  for (const auto& [ino, node] : nodes_) {
    locations.push_back(node.location);
  }
  return locations;
}

std::size_t NodeTable::size() const {
  const std::lock_guard lock(mutex_);
  return nodes_.size();
}

}  // namespace shmount
