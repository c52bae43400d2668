// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/created_elements.h"

#include <cstdint>

namespace shmount {

std::unique_ptr<CreatedElements::Token> CreatedElements::Add(std::uint64_t id) {
  auto token = std::make_unique<Token>(*this, id);
  const std::lock_guard lock(mutex_);
  ++ids_[id];
  return token;
}

bool CreatedElements::Contains(std::uint64_t id) const {
  const std::lock_guard lock(mutex_);
  return ids_.contains(id);
}

void CreatedElements::Remove(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  const auto it = ids_.find(id);
  if (it != ids_.end() && --it->second == 0) {
    ids_.erase(it);
  }
}

}  // namespace shmount
