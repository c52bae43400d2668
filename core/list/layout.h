// SPDX-License-Identifier: Apache-2.0
// The layout of a ShareableList block; list_format.md beside this file has it byte by byte.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/result.h"
#include "core/list/block_io.h"

namespace shmount {

/// Which CPython lays a list out so: 3.8 stores slot sizes (V1), 3.9 and later offsets (V2).
enum class Layout : std::uint8_t { kV1 = 1, kV2 = 2 };

/// Longest slot: its size has to fit the digits of an 8-character struct format, `9999992s`.
inline constexpr std::uint64_t kMaxSlot = 9'999'992;
/// Longest str or bytes a list is built with, in bytes: a slot keeps at least one NUL after the
/// value.
inline constexpr std::uint64_t kMaxText = kMaxSlot - 1;

/// A shorter block can be no list but an empty one: the count, one slot's size, the slot, its
/// format and its code, as 3.8 lays them out.
inline constexpr std::uint64_t kSmallestList = 8 + 8 + 8 + 8 + 1;

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

/// A slot of the data area: `offset` from the block's start.
struct Slot {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// How far a block's content is that of a list.
enum class Likeness : std::uint8_t {
  kBlock,    ///< no list
  kPending,  ///< counts and offsets add up, but the first or last format is not written yet, or
             ///< does not go with its code: being made, or, for a moment, being assigned to
  kList,
};

struct Recognition {
  Likeness likeness = Likeness::kBlock;
  ListShape shape;     ///< meaningful unless kBlock
  bool blank = false;  ///< begins with zeros, as a list that is still to be filled in does
};

/// Tells whether a block of exactly `size` bytes is a list, in a fixed number of reads: the count,
/// the first and last offset, the first and last format with their codes, and that these add up to
/// `size`. An empty list is taken for one only when `marked_empty`, as it holds nothing to tell it
/// by. Fails only where reading does.
Result<Recognition> RecogniseList(const BlockIo& io, std::uint64_t size, bool marked_empty);

/// Where the slot of element `index` < count lies. EIO where the offsets around it are damaged
/// (not rising in multiples of 8 within the data area). O(1) for V2; V1 adds up sizes, O(index).
Result<Slot> LocateSlot(const BlockIo& io, const ListShape& shape, std::uint64_t index);

}  // namespace shmount
