// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/open_blocks.h"

#include <cstdint>

namespace shmount {

void OpenBlocks::Add(std::uint64_t ino, const std::shared_ptr<BlockFile>& file) {
  const std::lock_guard lock(mutex_);
  Open& open = open_[ino];
  if (!open.file) {
    open.file = file;
  }
  ++open.count;
}

void OpenBlocks::Remove(std::uint64_t ino) {
  const std::lock_guard lock(mutex_);
  const auto it = open_.find(ino);
  if (it != open_.end() && --it->second.count == 0) {
    open_.erase(it);
  }
}

std::shared_ptr<BlockFile> OpenBlocks::Find(std::uint64_t ino) const {
  const std::lock_guard lock(mutex_);
  const auto it = open_.find(ino);
  return it == open_.end() ? nullptr : it->second.file;
}

std::vector<std::uint64_t> OpenBlocks::Numbers() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::uint64_t> numbers;
  numbers.reserve(open_.size());
  for (const auto& [ino, open] : open_) {
    numbers.push_back(ino);
  }
  return numbers;
}

}  // namespace shmount
