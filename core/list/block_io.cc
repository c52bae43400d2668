// SPDX-License-Identifier: Apache-2.0
#include "core/list/block_io.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace shmount {

Result<std::size_t> MemoryIo::ReadAt(std::uint64_t offset, std::span<std::byte> into) const {
  if (offset >= bytes_.size()) {
    return 0;
  }
  const std::size_t length = std::min<std::size_t>(into.size(), bytes_.size() - offset);
  if (length > 0) {
    std::memcpy(into.data(), bytes_.data() + offset, length);
  }
  return length;
}

Status MemoryIo::WriteAt(std::uint64_t offset, std::span<const std::byte> from) {
  if (offset > bytes_.size() || from.size() > bytes_.size() - offset) {
    return Fail(EFBIG, "write past the block");
  }
  if (!from.empty()) {
    std::memcpy(bytes_.data() + offset, from.data(), from.size());
  }
  return {};
}

Status ReadExactly(const BlockIo& io, std::uint64_t offset, std::span<std::byte> into) {
  const auto got = TRY(io.ReadAt(offset, into));
  if (got != into.size()) {
    return Fail(EIO, "block shorter than its list");
  }
  return {};
}

}  // namespace shmount
