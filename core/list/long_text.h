// SPDX-License-Identifier: Apache-2.0
// Reads the text of a str or bytes that is too long to be held in memory as a whole.
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

/// A text of more bytes is not held in memory for its reader: it is read from the block piece by
/// piece.
inline constexpr std::uint64_t kLongText = 65536;

/// A str or bytes of more than kLongText bytes, as it was when it was measured.
struct LongText {
  std::uint64_t index = 0;
  Tag tag;
  Type type = Type::kBytes;
  std::uint64_t offset = 0;  ///< from the block's start
  std::uint64_t size = 0;    ///< without the NULs at the end
};

/// Measures the text of element `index`. Returns nothing if the element has another type, a shorter
/// text or an invalid tag: ReadElementIn then gives the value or the error. Allocates nothing in
/// proportion to the text.
Result<std::optional<LongText>> MeasureLongText(const BlockIo& io, const ListShape& shape,
                                                std::uint64_t index, const Slot& slot);

/// Reads from byte `at` of the text on and returns how many bytes were read. The piece is read
/// again until two reads of it and of the tag agree. Two pieces can belong to different values, as
/// with any file that is written meanwhile. EIO: the element now has another type or format, or the
/// piece keeps changing.
Result<std::size_t> ReadLongText(const BlockIo& io, const ListShape& shape, const LongText& text,
                                 std::uint64_t at, std::span<std::byte> into);

}  // namespace shmount
