// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/hidden_elements.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace shmount {
namespace {

constexpr std::size_t kManyLists = 64;

}  // namespace

void HiddenElements::Hide(std::uint64_t ino, std::uint64_t index, std::uint64_t count) {
  const std::lock_guard lock(mutex_);
  const auto [it, added] = lists_.try_emplace(ino);
  added_ += added ? 1 : 0;
  Hidden& hidden = it->second;
  if (hidden.bits.size() != count) {  // a program wrote another list into the block
    hidden = {std::vector<bool>(count), 0};
  }
  if (index < count && !hidden.bits[index]) {
    hidden.bits[index] = true;
    ++hidden.count;
  }
}

void HiddenElements::Show(std::uint64_t ino, std::uint64_t index) {
  const std::lock_guard lock(mutex_);
  const auto it = lists_.find(ino);
  if (it != lists_.end() && index < it->second.bits.size() && it->second.bits[index]) {
    it->second.bits[index] = false;
    if (--it->second.count == 0) {
      lists_.erase(it);
    }
  }
}

bool HiddenElements::IsHidden(std::uint64_t ino, std::uint64_t index) const {
  const std::lock_guard lock(mutex_);
  const auto it = lists_.find(ino);
  return it != lists_.end() && index < it->second.bits.size() && it->second.bits[index];
}

bool HiddenElements::AllHidden(std::uint64_t ino, std::uint64_t count) const {
  if (count == 0) {
    return true;
  }
  const std::lock_guard lock(mutex_);
  const auto it = lists_.find(ino);
  return it != lists_.end() && it->second.bits.size() == count && it->second.count == count;
}

void HiddenElements::Drop(std::uint64_t ino) {
  const std::lock_guard lock(mutex_);
  lists_.erase(ino);
}

std::unordered_set<std::uint64_t> HiddenElements::TakeSuspects() {
  const std::lock_guard lock(mutex_);
  std::unordered_set<std::uint64_t> suspects;
  if (added_ >= std::max(kManyLists, lists_.size() / 2)) {
    added_ = 0;
    for (const auto& [ino, hidden] : lists_) {
      suspects.insert(ino);
    }
  }
  return suspects;
}

}  // namespace shmount
