// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/base/result.h"
#include "core/list/block_io.h"
#include "core/list/layout.h"
#include "core/list/slot.h"
#include "core/value/value.h"

namespace shmount {

/// Reads one element, as CPython's `sl[index]` would. Another process may be assigning to it: reads
/// are repeated until two of its format, code and data agree. EIO: the element is damaged.
Result<Value> ReadElement(const BlockIo& io, const ListShape& shape, std::uint64_t index);

/// Reads only the element's type, from its format and code. EIO as above.
Result<Type> ReadElementType(const BlockIo& io, const ListShape& shape, std::uint64_t index);

/// ReadElement of an element whose slot is known.
Result<Value> ReadElementIn(const BlockIo& io, const ListShape& shape, std::uint64_t index,
                            const Slot& slot);

/// How often damage has to be read before it counts: a writer may be between its stores.
inline constexpr int kDamageTries = 4;

/// Gives such a writer time, after `tries` reads of the same damage: little at first, more at last.
void WaitForWriter(int tries);

}  // namespace shmount
