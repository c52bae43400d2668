// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace shmount {

/// Owns what the kernel has open, from the reply that says so to its release: none may come for
/// what is open when the daemon ends. Thread safe, as far as what it owns is.
template <class T>
class OpenHandles {
 public:
  /// Returns the number by which the kernel is to name it.
  std::uint64_t Keep(std::unique_ptr<T> handle) {
    const std::lock_guard lock(mutex_);
    const auto number = reinterpret_cast<std::uint64_t>(handle.get());
    handles_.emplace(number, std::move(handle));
    return number;
  }

  /// Throws std::out_of_range where the kernel has been told of no such number.
  std::shared_ptr<T> Get(std::uint64_t number) const {
    const std::lock_guard lock(mutex_);
    return handles_.at(number);
  }

  std::shared_ptr<T> Take(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    auto node = handles_.extract(number);
    return node ? std::move(node.mapped()) : nullptr;
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::shared_ptr<T>> handles_;
};

}  // namespace shmount
