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

/// Assigns as CPython's `sl[index] = value` does. The resulting bytes are the same: a str or bytes
/// keeps its format `<n>s` if the value fits it, and offsets never change. If the type changes, the
/// stores are in another order than CPython's, so that ReadElement reads the old value or the new
/// one (FORMAT.md says why). All checks come before the first store. Callers must allow one writer
/// at a time. EFBIG: the value does not fit the slot. EIO: the slot's offsets are damaged.
Status AssignElement(BlockIo& io, const ListShape& shape, std::uint64_t index, const Value& value);

/// What PlanAssignment has found and CarryOut will store.
struct Assignment {
  Slot slot;
  Tag current;
  Tag next;
  std::uint64_t length = 0;  ///< how many bytes of the slot hold the value
  /// Whether it takes several stores. Between them the element's format and code contradict each
  /// other.
  bool retypes() const { return current != next; }
};

/// The two halves of AssignElement: the checks, and the stores.
Result<Assignment> PlanAssignment(const BlockIo& io, const ListShape& shape, std::uint64_t index,
                                  const Value& value);
Status CarryOut(const Assignment& plan, BlockIo& io, const ListShape& shape, std::uint64_t index,
                const Value& value);

}  // namespace shmount
