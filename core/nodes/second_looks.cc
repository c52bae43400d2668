// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/second_looks.h"

namespace shmount {
namespace {

// The kernel repeats a call within a moment, and a path has few components to hold. What is held
// for a thread that never repeats its call is dropped when another thread begins.
constexpr auto kLongest = std::chrono::seconds(1);
constexpr std::size_t kMostHeld = 8;

}  // namespace

void SecondLooks::Begin(pid_t thread, std::optional<NodeId> id) {
  if (thread == 0) {
    return;
  }
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  std::erase_if(looks_, [&](const auto& each) { return now - each.second.began > kLongest; });
  Look& look = looks_[thread];
  look = {.opened = id, .looked = false, .held = {}, .began = now};
  size_ = looks_.size();
}

const SecondLooks::Look* SecondLooks::Of(pid_t thread) const {
  const auto it = looks_.find(thread);
  return it == looks_.end() ? nullptr : &it->second;
}

bool SecondLooks::IsRepeated(pid_t thread, NodeId id) const {
  if (size_ == 0) {
    return false;
  }
  const std::lock_guard lock(mutex_);
  const Look* look = Of(thread);
  return look != nullptr && !look->looked && look->opened == id;
}

bool SecondLooks::IsLooking(pid_t thread) const {
  if (size_ == 0) {
    return false;
  }
  const std::lock_guard lock(mutex_);
  return Of(thread) != nullptr;
}

bool SecondLooks::HasLooked(pid_t thread) const {
  if (size_ == 0) {
    return false;
  }
  const std::lock_guard lock(mutex_);
  const Look* look = Of(thread);
  return look != nullptr && look->looked;
}

void SecondLooks::Hold(pid_t thread, const Inode& inode) {
  if (size_ == 0) {
    return;
  }
  const std::lock_guard lock(mutex_);
  const auto it = looks_.find(thread);
  if (it == looks_.end()) {
    return;
  }
  it->second.looked = true;
  auto copy = inode.Copy();
  if (copy && it->second.held.size() < kMostHeld) {
    it->second.held.push_back(*std::move(copy));
  }
}

void SecondLooks::Miss(pid_t thread) {
  if (size_ == 0) {
    return;
  }
  const std::lock_guard lock(mutex_);
  if (const auto it = looks_.find(thread); it != looks_.end()) {
    it->second.looked = false;
    it->second.held.clear();
    it->second.opened.reset();
  }
}

std::optional<Inode> SecondLooks::Find(pid_t thread,
                                       const std::function<bool(const Inode&)>& is_meant) const {
  if (size_ == 0) {
    return std::nullopt;
  }
  const std::lock_guard lock(mutex_);
  const Look* look = Of(thread);
  for (std::size_t i = 0; look != nullptr && i < look->held.size(); ++i) {
    if (is_meant(look->held[i])) {
      auto copy = look->held[i].Copy();
      return copy ? std::optional(*std::move(copy)) : std::nullopt;
    }
  }
  return std::nullopt;
}

void SecondLooks::Clear() {
  const std::lock_guard lock(mutex_);
  looks_.clear();
  size_ = 0;
}

void SecondLooks::End(pid_t thread) {
  if (size_ == 0) {
    return;
  }
  const std::lock_guard lock(mutex_);
  looks_.erase(thread);
  size_ = looks_.size();
}

}  // namespace shmount
