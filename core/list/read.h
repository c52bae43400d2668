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

/// How long a call waits for those who write what it reads, however many elements it reads: nobody
/// keeps a call for long who changes many all the time.
class Patience {
 public:
  using Clock = std::chrono::steady_clock;
  bool ended() const { return spent_ >= kLongest; }
  void Spend(Clock::duration time) { spent_ += time; }

 private:
  static constexpr std::chrono::milliseconds kLongest{100};
  Clock::duration spent_{};
};

/// Reads one element, as CPython's `sl[index]` would. Another process may be assigning to it: reads
/// are repeated until two of its format, code and data agree. EIO: the element is damaged.
Result<Value> ReadElement(const BlockIo& io, const ListShape& shape, std::uint64_t index);

/// Reads only the element's type, from its format and code. EIO as above.
Result<Type> ReadElementType(const BlockIo& io, const ListShape& shape, std::uint64_t index);
Result<Type> ReadElementType(const BlockIo& io, const ListShape& shape, std::uint64_t index,
                             Patience& patience);

/// ReadElement of an element whose slot is known.
Result<Value> ReadElementIn(const BlockIo& io, const ListShape& shape, std::uint64_t index,
                            const Slot& slot);
Result<Value> ReadElementIn(const BlockIo& io, const ListShape& shape, std::uint64_t index,
                            const Slot& slot, Patience& patience);

/// How often damage has to be read before it counts: a writer may be between its stores.
inline constexpr int kDamageTries = 4;

/// Gives such a writer time, after `tries` reads of the same damage: little at first, more at last,
/// and none where the patience has ended.
void WaitForWriter(int tries, const Patience& patience);

}  // namespace shmount
