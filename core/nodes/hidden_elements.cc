// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/hidden_elements.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace shmount {
namespace {

constexpr std::size_t kManyLists = 64;

}  // namespace

void HiddenElements::Hide(const FileKey& list, std::uint64_t index, std::uint64_t count) {
  const std::lock_guard lock(mutex_);
  const auto [it, added] = lists_.try_emplace(list);
  added_ += added ? 1 : 0;
  Hidden& hidden = it->second;
  if (hidden.bits.size() != count) {  // another program has written another list into the block
    hidden = {std::vector<bool>(count), 0};
  }
  if (index < count && !hidden.bits[index]) {
    hidden.bits[index] = true;
    ++hidden.count;
  }
}

void HiddenElements::Show(const FileKey& list, std::uint64_t index) {
  const std::lock_guard lock(mutex_);
  const auto it = lists_.find(list);
  if (it != lists_.end() && index < it->second.bits.size() && it->second.bits[index]) {
    it->second.bits[index] = false;
    if (--it->second.count == 0) {
      lists_.erase(it);
    }
  }
}

bool HiddenElements::IsHidden(const FileKey& list, std::uint64_t index) const {
  const std::lock_guard lock(mutex_);
  const auto it = lists_.find(list);
  return it != lists_.end() && index < it->second.bits.size() && it->second.bits[index];
}

bool HiddenElements::AllHidden(const FileKey& list, std::uint64_t count) const {
  if (count == 0) {
    return true;
  }
  const std::lock_guard lock(mutex_);
  const auto it = lists_.find(list);
  return it != lists_.end() && it->second.bits.size() == count && it->second.count == count;
}

void HiddenElements::Drop(const FileKey& list) {
  const std::lock_guard lock(mutex_);
  lists_.erase(list);
}

std::unordered_multimap<std::uint64_t, FileKey> HiddenElements::TakeSuspects() {
  const std::lock_guard lock(mutex_);
  std::unordered_multimap<std::uint64_t, FileKey> suspects;
  if (added_ >= std::max(kManyLists, lists_.size() / 2)) {
    added_ = 0;
    for (const auto& [list, hidden] : lists_) {
      suspects.emplace(list.ino, list);
    }
  }
  return suspects;
}

}  // namespace shmount
