// SPDX-License-Identifier: Apache-2.0
// The text of a str or bytes that is too long to be held as a whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/base/result.h"
#include "core/list/block_io.h"
#include "core/list/layout.h"
#include "core/list/slot.h"
#include "core/list/tag.h"
#include "core/value/value.h"

namespace shmount {

/// A longer text is not kept for whoever reads it, but read from the block piece by piece.
inline constexpr std::uint64_t kLongText = 65536;

/// A str or bytes of more than kLongText bytes, as it was when it was measured.
struct LongText {
  std::uint64_t index = 0;
  Tag tag;
  Type type = Type::kBytes;
  std::uint64_t offset = 0;  ///< from the block's start
  std::uint64_t size = 0;    ///< without the NULs at the end
};

/// Nothing where element `index` holds anything else, or a tag that makes no sense: ReadElementIn
/// tells. Takes no memory to speak of.
Result<std::optional<LongText>> MeasureLongText(const BlockIo& io, const ListShape& shape,
                                                std::uint64_t index, const Slot& slot);

/// Reads from `at` on and returns how much there was. A piece is read until two reads of it and of
/// the tag agree; pieces that were read one after the other can be of different values, as those of
/// any file. EIO: the element has another type or format by now, or the piece changes all the time.
Result<std::size_t> ReadLongText(const BlockIo& io, const ListShape& shape, const LongText& text,
                                 std::uint64_t at, std::span<std::byte> into);

}  // namespace shmount
