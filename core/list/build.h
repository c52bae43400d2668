// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/list/block_io.h"
#include "core/list/layout.h"
#include "core/value/value.h"

namespace shmount {

/// The size of the slot that a new element with this value gets.
std::uint64_t SlotSizeOf(const Value& value);

/// Reads the size of a slot, in decimal. Returns nothing if no slot can have that size.
std::optional<std::uint64_t> ParseSlotSize(std::string_view text);

/// Collects values and lays them out as CPython 3.9 and later would (V2). The slot of a str is
/// sized by its UTF-8 bytes.
class ListBuilder {
 public:
  /// Adds a value in a slot of `slot_size`, a multiple of 8, or of SlotSizeOf(value) where that is
  /// larger. EFBIG: a str or bytes longer than kMaxText, which is not added.
  Status Add(const Value& value, std::uint64_t slot_size = 0);

  ListShape shape() const;

  /// Writes the whole block to `io`, which must have shape().size() bytes, all zero.
  Status WriteTo(BlockIo& io) const;

 private:
  // Extra space of a slot, by its place in `data_`. Its bytes are not stored here: anyone could
  // make this process use that much memory by asking for large slots.
  struct Spare {
    std::uint64_t before = 0;  // how many bytes of `data_` precede it
    std::uint64_t size = 0;
  };

  std::vector<std::uint64_t> ends_;  // where each slot ends, from the start of the data area
  std::string data_;
  std::vector<Spare> spares_;
  std::string formats_;
  std::string codes_;
};

}  // namespace shmount
