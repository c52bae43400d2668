// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "core/backing/block_file.h"
#include "core/base/result.h"

namespace shmount {

/// One open file of the mount, from open to release. The destructor is the release. Calls may come
/// from several threads.
class FileHandle {
 public:
  virtual ~FileHandle() = default;

  /// Returns how much was read; 0 at the end.
  virtual Result<std::size_t> Read(std::uint64_t offset, std::span<std::byte> into) = 0;
  virtual Result<std::size_t> Write(std::uint64_t offset, std::span<const std::byte> from) = 0;
  virtual Status Truncate(std::uint64_t size) = 0;

  /// The raw block's open file; null for anything that is not raw memory.
  virtual const BlockFile* raw() const { return nullptr; }
  /// The file that this is in the backing: the block's, or one of a draft, which is read and
  /// written by Read() and Write() alone. Null for what is no file of its own.
  virtual const BlockFile* file() const { return raw(); }
};

}  // namespace shmount
