// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/base/result.h"

namespace shmount {

/// One open file of the mount, from open to release. The destructor is the release. Calls may come
/// from several threads. What a file cannot do that is no file of its own in the backing, fails as
/// it does for the files of other systems that are made while they are read.
class FileHandle {
 public:
  virtual ~FileHandle() = default;

  /// Returns how much was read; 0 at the end.
  virtual Result<std::size_t> Read(std::uint64_t offset, std::span<std::byte> into) = 0;
  virtual Result<std::size_t> Write(std::uint64_t offset, std::span<const std::byte> from) = 0;
  /// Writes at the end, wherever that is by now.
  virtual Result<std::size_t> Append(std::span<const std::byte> from) = 0;
  virtual Status Truncate(std::uint64_t size) = 0;

  /// Whether close(2) can have an error to report: only then Close() is called.
  virtual bool ReportsAtClose() const { return false; }
  /// A descriptor of the file was closed; others may be open, also in other processes.
  virtual Status Close() { return {}; }

  /// fsync(2), or fdatasync(2).
  virtual Status Sync(bool /*data_only*/) { return {}; }
  /// fallocate(2).
  virtual Status Allocate(int /*mode*/, std::uint64_t /*offset*/, std::uint64_t /*length*/) {
    return Fail(EOPNOTSUPP, "fallocate");
  }
  /// lseek(2) with SEEK_DATA or SEEK_HOLE.
  virtual Result<std::uint64_t> Seek(std::uint64_t /*offset*/, int /*whence*/) {
    return Fail(EINVAL, "lseek");
  }
  /// flock(2).
  virtual Status Lock(int /*operation*/) { return Fail(EOPNOTSUPP, "flock"); }

  /// The descriptor of a raw block, to which the kernel may pass reads, writes and mappings;
  /// nothing for a file whose reads and writes must come here.
  virtual std::optional<int> PassthroughFd() const { return std::nullopt; }
};

}  // namespace shmount
