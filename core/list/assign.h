// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/base/result.h"
#include "core/list/block_io.h"
#include "core/list/layout.h"
#include "core/list/slot.h"
#include "core/list/tag.h"
#include "core/value/value.h"

namespace shmount {

/// Leaves what CPython's `sl[index] = value` leaves: a str or bytes keeps a format `<n>s` that
/// holds it, format and code stay untouched where they are the same, offsets never change. Where
/// the type changes, the order of the stores is ours, so that ReadElement meets the old value or
/// the new one (FORMAT.md says why). Everything is checked before the block is touched. One
/// writer at a time. EFBIG: the value does not fit the slot. EIO: the slot's offsets are damaged.
Status AssignElement(BlockIo& io, const ListShape& shape, std::uint64_t index, const Value& value);

/// What AssignElement finds before it changes the block.
struct Assignment {
  Slot slot;
  Tag current;
  Tag next;
  std::uint64_t length = 0;  ///< how many bytes of the slot hold the value
  /// Whether it takes several stores, and the element makes no sense between them.
  bool retypes() const { return current != next; }
};

/// The two halves of AssignElement: the checks, and the stores.
Result<Assignment> PlanAssignment(const BlockIo& io, const ListShape& shape, std::uint64_t index,
                                  const Value& value);
Status CarryOut(const Assignment& plan, BlockIo& io, const ListShape& shape, std::uint64_t index,
                const Value& value);

}  // namespace shmount
