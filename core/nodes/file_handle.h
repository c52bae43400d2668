// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/base/result.h"

namespace shmount {

/// One open file of the mount, from its open to its release, which is the destructor. Several
/// threads may call it at a time. An operation that a generated file (an element, .values, .format)
/// cannot do fails as it does on the files of /proc and /sys.
class FileHandle {
 public:
  virtual ~FileHandle() = default;

  /// Returns how many bytes were read; 0 at the end.
  virtual Result<std::size_t> Read(std::uint64_t offset, std::span<std::byte> into) = 0;
  /// Returns how many bytes were written, at least one unless `from` is empty.
  virtual Result<std::size_t> Write(std::uint64_t offset, std::span<const std::byte> from) = 0;
  /// Writes at the current end of the file.
  virtual Result<std::size_t> Append(std::span<const std::byte> from) = 0;
  virtual Status Truncate(std::uint64_t size) = 0;

  /// Whether close(2) may have to report an error. Only then Close() is called.
  virtual bool ReportsAtClose() const { return false; }
  /// Called when a descriptor of this open is closed. Others may remain, also in other processes.
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

  /// The descriptor of a raw block, to which the kernel may pass reads, writes and mappings.
  /// Nothing for a file that the daemon itself must read and write.
  virtual std::optional<int> PassthroughFd() const { return std::nullopt; }
};

}  // namespace shmount
