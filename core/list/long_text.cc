// SPDX-License-Identifier: Apache-2.0
#include "core/list/long_text.h"

#include <algorithm>
#include <vector>

namespace shmount {
namespace {

/// The size of the text of `length` bytes at `offset`, without the NULs at its end.
Result<std::uint64_t> SizeWithoutNuls(const BlockIo& io, std::uint64_t offset,
                                      std::uint64_t length) {
  std::vector<std::byte> piece;
  for (std::uint64_t end = length; end > 0;) {
    const std::uint64_t begin = end - std::min(end, kLongText);
    TRY(ReadMany(io, offset + begin, end - begin, piece));
    const auto last = std::ranges::find_if(piece.rbegin(), piece.rend(),
                                           [](std::byte byte) { return byte != std::byte{0}; });
    if (last != piece.rend()) {
      return end - static_cast<std::uint64_t>(last - piece.rbegin());
    }
    end = begin;
  }
  return 0;
}

}  // namespace

Result<std::optional<LongText>> MeasureLongText(const BlockIo& io, const ListShape& shape,
                                                std::uint64_t index, const Slot& slot) {
  if (slot.size <= kLongText) {
    return std::nullopt;
  }
  const auto tag = TRY(ReadTag(io, shape, index));
  const auto format = Interpret(tag);
  const bool is_text = format && (format->type == Type::kStr || format->type == Type::kBytes);
  if (!is_text || format->length > slot.size || format->length <= kLongText) {
    return std::nullopt;
  }
  const auto size = TRY(SizeWithoutNuls(io, slot.offset, format->length));
  return size > kLongText ? std::optional(LongText{index, tag, format->type, slot.offset, size})
                          : std::nullopt;
}

Result<std::size_t> ReadLongText(const BlockIo& io, const ListShape& shape, const LongText& text,
                                 std::uint64_t at, std::span<std::byte> into) {
  constexpr int kTries = 16;
  const std::uint64_t left = text.size - std::min(at, text.size);
  into = into.first(std::min<std::uint64_t>(into.size(), left));
  std::vector<std::byte> before(into.size());
  TRY(ReadExactly(io, text.offset + at, before));
  for (int tries = 0; tries < kTries; ++tries) {
    TRY(ReadExactly(io, text.offset + at, into));
    if (TRY(ReadTag(io, shape, text.index)) != text.tag) {
      return Fail(EIO, "list element of another type or format by now");
    }
    if (std::ranges::equal(before, into)) {
      return into.size();
    }
    std::ranges::copy(into, before.begin());
  }
  return Fail(EIO, "list element changes all the time");
}

}  // namespace shmount
