// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

#include "core/base/result.h"
#include "core/list/block_io.h"
#include "core/list/layout.h"
#include "core/list/slot.h"
#include "core/value/value.h"

namespace shmount {

/// How long one call may wait in total for writers of the elements that it reads. A process that
/// keeps changing many elements thus cannot hold up a call for long.
class Patience {
 public:
  using Clock = std::chrono::steady_clock;
  bool ended() const { return spent_ >= kLongest; }
  void Spend(Clock::duration time) { spent_ += time; }

 private:
  static constexpr std::chrono::milliseconds kLongest{100};
  Clock::duration spent_{};
};

/// Reads one element, as CPython's `sl[index]` would. Another process may be assigning to it, so it
/// is read again until two reads of its format, code and data agree. EIO: the element is damaged.
Result<Value> ReadElement(const BlockIo& io, const ListShape& shape, std::uint64_t index);

/// Reads only the element's type, from its format and code. EIO as above.
Result<Type> ReadElementType(const BlockIo& io, const ListShape& shape, std::uint64_t index);
Result<Type> ReadElementType(const BlockIo& io, const ListShape& shape, std::uint64_t index,
                             Patience& patience);

/// The same for an element whose slot is known.
Result<Value> ReadElementIn(const BlockIo& io, const ListShape& shape, std::uint64_t index,
                            const Slot& slot);
Result<Value> ReadElementIn(const BlockIo& io, const ListShape& shape, std::uint64_t index,
                            const Slot& slot, Patience& patience);

/// How many reads must find the same damage before it counts: a writer may be between its stores.
inline constexpr int kDamageTries = 4;

/// Waits for such a writer after `tries` reads of the same damage: longer each time, and not at all
/// once `patience` has ended.
void WaitForWriter(int tries, const Patience& patience);

}  // namespace shmount
