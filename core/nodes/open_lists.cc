// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/open_lists.h"

#include <algorithm>
#include <cstdint>

namespace shmount {

void OpenLists::Add(std::uint64_t ino, const std::shared_ptr<BlockFile>& file) {
  const std::lock_guard lock(mutex_);
  files_.emplace(ino, file);
}

void OpenLists::Remove(std::uint64_t ino, const BlockFile* file) {
  const std::lock_guard lock(mutex_);
  const auto [begin, end] = files_.equal_range(ino);
  const auto it = std::find_if(
      begin, end, [file](const auto& each) { return each.second.lock().get() == file; });
  if (it != end) {
    files_.erase(it);
  }
}

std::shared_ptr<BlockFile> OpenLists::Find(std::uint64_t ino) const {
  const std::lock_guard lock(mutex_);
  const auto it = files_.find(ino);
  return it == files_.end() ? nullptr : it->second.lock();
}

}  // namespace shmount
