// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "core/backing/block_file.h"

namespace shmount {

/// The raw blocks that are open, by their numbers (NodeTable::NumberOf). Opens of one block share
/// what this keeps, so that it can be reached after its unlink. Thread safe.
class OpenBlocks {
 public:
  void Add(std::uint64_t ino, const std::shared_ptr<BlockFile>& file);
  /// Takes back one Add().
  void Remove(std::uint64_t ino);
  /// Null where it is not open.
  std::shared_ptr<BlockFile> Find(std::uint64_t ino) const;
  std::vector<std::uint64_t> Numbers() const;

 private:
  struct Open {
    std::shared_ptr<BlockFile> file;
    unsigned count = 0;
  };

  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, Open> open_;
};

}  // namespace shmount
