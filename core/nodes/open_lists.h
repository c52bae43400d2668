// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "core/backing/block_file.h"

namespace shmount {

/// The blocks of lists that element handles have open, all at least for reading, by inode number. A
/// call that only reads such a list uses the open file. Thread safe.
class OpenLists {
 public:
  /// Adds a file, which stays until Remove(). Does not keep it open.
  void Add(std::uint64_t ino, const std::shared_ptr<BlockFile>& file);
  /// Removes a file of Add(). Call it before the last owner destroys the file.
  void Remove(std::uint64_t ino, const BlockFile* file);
  /// One of the files of a list; null if there is none.
  std::shared_ptr<BlockFile> Find(std::uint64_t ino) const;

 private:
  mutable std::mutex mutex_;
  std::unordered_multimap<std::uint64_t, std::weak_ptr<BlockFile>> files_;
};

}  // namespace shmount
