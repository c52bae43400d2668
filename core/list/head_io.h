// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/list/block_io.h"

namespace shmount {

/// Reads the first 4 KiB of a block, or all of a shorter block, in one system call, and serves
/// reads from this copy until Refresh(). Bytes beyond the copy are read from the block itself. Thus
/// all reads of a short list cost one system call. Not thread safe. The block must outlive this
/// object.
class HeadIo final : public BlockIo {
 public:
  /// `size` is that of the block.
  HeadIo(const BlockIo& block, std::uint64_t size)
      : block_(block), size_(std::min<std::uint64_t>(size, kMost)) {}

  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> into) const override;
  /// Always EBADF: this object is for reading.
  Status WriteAt(std::uint64_t offset, std::span<const std::byte> from) override;
  void Refresh() const override { length_.reset(); }

 private:
  static constexpr std::size_t kMost = 4096;

  const BlockIo& block_;
  const std::size_t size_;
  mutable std::array<std::byte, kMost> head_;
  mutable std::optional<std::size_t> length_;  ///< of the copy; nothing: not read yet
};

}  // namespace shmount
