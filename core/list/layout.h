// SPDX-License-Identifier: Apache-2.0
// The layout of a ShareableList block. FORMAT.md beside this file describes it byte by byte.
#pragma once

#include <cstdint>

namespace shmount {

/// CPython 3.8 stores the sizes of slots (V1), 3.9 and later their offsets (V2).
enum class Layout : std::uint8_t { kV1 = 1, kV2 = 2 };

/// The size of the longest slot. Its digits have to fit a struct format of 8 characters,
/// `9999992s`.
inline constexpr std::uint64_t kMaxSlot = 9'999'992;
/// The length in bytes of the longest str or bytes that a list is built with. A slot keeps at least
/// one NUL after the value.
inline constexpr std::uint64_t kMaxText = kMaxSlot - 1;

/// The fewest bytes that an element takes: 8 each for its offset, slot and format, 1 for its code.
inline constexpr std::uint64_t kMinPerElement = 8 + 8 + 8 + 1;

/// The size of the smallest list that has an element: the count, and one element in the layout of
/// 3.8.
inline constexpr std::uint64_t kSmallestList = 8 + kMinPerElement;

/// Where the parts of a list lie. All sizes and offsets are in bytes from the block's start.
struct ListShape {
  Layout layout = Layout::kV2;
  std::uint64_t count = 0;      ///< N
  std::uint64_t data_size = 0;  ///< K, the slots' sizes added up

  std::uint64_t data_begin() const { return 8 * (count + (layout == Layout::kV2 ? 2 : 1)); }
  std::uint64_t formats_begin() const { return data_begin() + data_size; }
  std::uint64_t codes_begin() const { return formats_begin() + 8 * count; }
  std::uint64_t size() const { return codes_begin() + count; }
  bool operator==(const ListShape&) const = default;
};

}  // namespace shmount
