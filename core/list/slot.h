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

/// The slot from `begin` to `end`, counted from the start of the data area. Nothing where these
/// are no offsets of neighbouring slots.
std::optional<Slot> CheckSlot(const ListShape& shape, std::uint64_t begin, std::uint64_t end);

/// V1: a slot and where it begins, from the start of the data area. Who goes through a list keeps
/// one, so that the sizes before it are not added up again.
struct SlotSum {
  std::uint64_t index = 0;
  std::uint64_t begin = 0;
};

/// V1: where slot `index` <= count begins. EIO where a size before it is damaged. With `known`, not
/// null, it goes on from there where that is no later slot, and leaves there what it found.
Result<std::uint64_t> SumSlots(const BlockIo& io, const ListShape& shape, std::uint64_t index,
                               SlotSum* known = nullptr);

/// Where the slot of element `index` < count lies. EIO where the offsets around it are damaged
/// (not rising in multiples of 8 within the data area). O(1) for V2; V1 adds up sizes, O(index), or
/// from `known` on.
Result<Slot> LocateSlot(const BlockIo& io, const ListShape& shape, std::uint64_t index,
                        SlotSum* known = nullptr);

std::unexpected<Error> DamagedElement(std::uint64_t index);

}  // namespace shmount
