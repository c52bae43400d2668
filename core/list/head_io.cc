// SPDX-License-Identifier: Apache-2.0
#include "core/list/head_io.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace shmount {

Result<std::size_t> HeadIo::ReadAt(std::uint64_t offset, std::span<std::byte> into) const {
  if (offset > size_ || into.size() > size_ - offset) {
    return block_.ReadAt(offset, into);
  }
  if (!length_) {
    length_ = TRY(block_.ReadAt(0, std::span(head_).first(size_)));
  }
  const auto head = std::span<const std::byte>(head_).first(*length_);
  const auto there = head.subspan(std::min<std::size_t>(offset, head.size()));
  const auto given = there.first(std::min(there.size(), into.size()));
  std::ranges::copy(given, into.begin());
  return given.size();
}

Status HeadIo::WriteAt(std::uint64_t, std::span<const std::byte>) {
  return Fail(EBADF, "the head of a block is for reading");
}

}  // namespace shmount
