// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "fs/ops/user_shares.h"

namespace shmount {

/// Owns what the kernel has open, from the reply to the open until its release. For what is open
/// when the daemon ends, no release comes: the destructor frees it. Thread safe if T is.
template <class T>
class OpenHandles {
 public:
  /// Returns the number by which the kernel will refer to the handle, which is its user's share.
  std::uint64_t Keep(std::unique_ptr<T> handle, UserShares::Share share) {
    const std::lock_guard lock(mutex_);
    const auto number = reinterpret_cast<std::uint64_t>(handle.get());
    handles_.emplace(number, Kept{std::move(handle), std::move(share)});
    return number;
  }

  /// Throws std::out_of_range if the kernel was given no such number.
  std::shared_ptr<T> Get(std::uint64_t number) const {
    const std::lock_guard lock(mutex_);
    return handles_.at(number).handle;
  }

  /// Gives up the ownership, for the release. Null if the kernel was given no such number.
  std::shared_ptr<T> Take(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    auto node = handles_.extract(number);
    return node ? std::move(node.mapped().handle) : nullptr;
  }

 private:
  struct Kept {
    std::shared_ptr<T> handle;
    UserShares::Share share;
  };

  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, Kept> handles_;
};

}  // namespace shmount
