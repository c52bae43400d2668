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

  /// Reads into `into` from `offset` on. Returns how many bytes were read: fewer than asked for at
  /// the end of the block.
  virtual Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> into) const = 0;

  /// Writes all of `from` at `offset`. EFBIG: `from` would reach past the end. A block is never
  /// made longer.
  virtual Status WriteAt(std::uint64_t offset, std::span<const std::byte> from) = 0;

  /// Drops what this object has cached, so that later reads see the block as it is from now on.
  /// Anyone who waits for other processes' changes calls it before each read.
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

/// Fills `into`. EIO: the block ends before `into` is full.
Status ReadExactly(const BlockIo& io, std::uint64_t offset, std::span<std::byte> into);

/// The same for `count` adjacent objects.
template <class T>
Status ReadMany(const BlockIo& io, std::uint64_t offset, std::uint64_t count,
                std::vector<T>& into) {
  into.resize(count);
  return ReadExactly(io, offset, std::as_writable_bytes(std::span(into)));
}

}  // namespace shmount
