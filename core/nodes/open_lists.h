// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "core/backing/block_file.h"

namespace shmount {

/// The blocks of lists that element files have open for reading at the least, by inode number: what
/// a call wants to read of such a list it need not open it for. Thread safe.
class OpenLists {
 public:
  void Add(std::uint64_t ino, const std::shared_ptr<BlockFile>& file);
  /// The file of an Add(); before its last owner lets it go.
  void Remove(std::uint64_t ino, const BlockFile* file);
  /// One of the files; null where there is none.
  std::shared_ptr<BlockFile> Find(std::uint64_t ino) const;

 private:
  mutable std::mutex mutex_;
  std::unordered_multimap<std::uint64_t, std::weak_ptr<BlockFile>> files_;
};

}  // namespace shmount
