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

/// V1: where slot `index` <= count begins, from the start of the data area. EIO where a size before
/// it is damaged.
Result<std::uint64_t> SumSlots(const BlockIo& io, const ListShape& shape, std::uint64_t index);

/// Where the slot of element `index` < count lies. EIO where the offsets around it are damaged
/// (not rising in multiples of 8 within the data area). O(1) for V2; V1 adds up sizes, O(index).
Result<Slot> LocateSlot(const BlockIo& io, const ListShape& shape, std::uint64_t index);

std::unexpected<Error> DamagedElement(std::uint64_t index);

}  // namespace shmount
