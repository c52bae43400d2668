// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/result.h"
#include "core/list/block_io.h"
#include "core/list/layout.h"

namespace shmount {

/// A slot of the data area: `offset` from the block's start.
struct Slot {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// The slot from `begin` to `end`, which count from the start of the data area. Returns nothing if
/// these cannot be the offsets of adjacent slots.
std::optional<Slot> CheckSlot(const ListShape& shape, std::uint64_t begin, std::uint64_t end);

/// V1: the index of a slot and where it begins, from the start of the data area. Anyone who goes
/// through a list keeps one, so that sizes are not added up again.
struct SlotSum {
  std::uint64_t index = 0;
  std::uint64_t begin = 0;
};

/// V1: where slot `index` <= count begins. EIO: a size before it is damaged. If `known` is not
/// null, the sum starts there unless that slot is a later one, and the result is stored there.
Result<std::uint64_t> SumSlots(const BlockIo& io, const ListShape& shape, std::uint64_t index,
                               SlotSum* known = nullptr);

/// Where the slot of element `index` < count lies. EIO: its offsets are damaged (not rising in
/// multiples of 8 within the data area). O(1) for V2. O(index) for V1, which adds up sizes, or from
/// `known` on.
Result<Slot> LocateSlot(const BlockIo& io, const ListShape& shape, std::uint64_t index,
                        SlotSum* known = nullptr);

/// The EIO that says which element is damaged.
std::unexpected<Error> DamagedElement(std::uint64_t index);

}  // namespace shmount
