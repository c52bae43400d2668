// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "core/backing/file_key.h"

namespace shmount {

/// The elements that `rm` has hidden in this mount, by their list. Thread safe.
class HiddenElements {
 public:
  /// Hides element `index` of a list of `count`.
  void Hide(const FileKey& list, std::uint64_t index, std::uint64_t count);
  /// Shows element `index` again.
  void Show(const FileKey& list, std::uint64_t index);
  bool IsHidden(const FileKey& list, std::uint64_t index) const;
  bool AllHidden(const FileKey& list, std::uint64_t count) const;
  /// Forgets a list that is gone.
  void Drop(const FileKey& list);
  /// Returns all lists, by inode number, if many were added since it last did; otherwise none.
  /// Nothing reports lists that are unlinked in the backing, so the caller must check which of them
  /// are gone.
  std::unordered_multimap<std::uint64_t, FileKey> TakeSuspects();

 private:
  struct Hidden {
    std::vector<bool> bits;
    std::uint64_t count = 0;
  };
  mutable std::mutex mutex_;
  std::unordered_map<FileKey, Hidden, FileKeyHash> lists_;
  std::size_t added_ = 0;  ///< lists since the last TakeSuspects() that gave any
};

}  // namespace shmount
