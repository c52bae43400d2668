// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace shmount {

/// The elements that `rm` has hidden in this mount, by the inode number of their list. Thread safe.
class HiddenElements {
 public:
  /// Hides element `index` of a list of `count`.
  void Hide(std::uint64_t ino, std::uint64_t index, std::uint64_t count);
  void Show(std::uint64_t ino, std::uint64_t index);
  bool IsHidden(std::uint64_t ino, std::uint64_t index) const;
  bool AllHidden(std::uint64_t ino, std::uint64_t count) const;
  /// The list is gone.
  void Drop(std::uint64_t ino);
  /// All lists, once many were added since the last time, and else none: nobody tells of those that
  /// are unlinked in the backing, so that the caller has to look which are gone.
  std::unordered_set<std::uint64_t> TakeSuspects();

 private:
  struct Hidden {
    std::vector<bool> bits;
    std::uint64_t count = 0;
  };
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, Hidden> lists_;
  std::size_t added_ = 0;  ///< lists since the last TakeSuspects() that gave any
};

}  // namespace shmount
