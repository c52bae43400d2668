// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/result.h"

namespace shmount {

/// Positioned reads and writes on the bytes of one block. Other processes may change the block at
/// any time. An aligned access of 8 bytes is one load or store.
class BlockIo {
 public:
  virtual ~BlockIo() = default;

  /// Fills `into` from `offset` on; returns how many bytes there were (fewer at the end).
  virtual Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> into) const = 0;

  /// Writes all of `from` at `offset`. EFBIG past the end: it never makes the block longer.
  virtual Status WriteAt(std::uint64_t offset, std::span<const std::byte> from) = 0;

  /// The reads that follow see the block as it is from now on. Only a BlockIo that keeps what it
  /// has read has anything to do here; readers that wait for others' changes call it before each
  /// look.
  virtual void Refresh() const {}
};

/// A block in this process's own memory, for tests and for images that are being built.
class MemoryIo final : public BlockIo {
 public:
  explicit MemoryIo(std::span<std::byte> bytes) : bytes_(bytes) {}
  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> into) const override;
  Status WriteAt(std::uint64_t offset, std::span<const std::byte> from) override;

 private:
  std::span<std::byte> bytes_;
};

/// Fills `into`. EIO where the block ends before.
Status ReadExactly(const BlockIo& io, std::uint64_t offset, std::span<std::byte> into);

/// The same with `count` objects that lie one after the other.
template <class T>
Status ReadMany(const BlockIo& io, std::uint64_t offset, std::uint64_t count,
                std::vector<T>& into) {
  into.resize(count);
  return ReadExactly(io, offset, std::as_writable_bytes(std::span(into)));
}

}  // namespace shmount
