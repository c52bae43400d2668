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

/// Reads the size of a slot, in decimal. Nothing for what no slot's size can be.
std::optional<std::uint64_t> ParseSlotSize(std::string_view text);

/// Collects values and lays them out as CPython 3.9 and later would (V2), with slots by UTF-8
/// bytes.
class ListBuilder {
 public:
  /// Adds a value in a slot of `slot_size`, a multiple of 8, or of SlotSizeOf(value) where that is
  /// larger. EFBIG: a str or bytes longer than kMaxText, which is not added.
  Status Add(const Value& value, std::uint64_t slot_size = 0);

  ListShape shape() const;

  /// Writes the whole block, shape().size() bytes, to `io`, which must be that long and of zeros.
  Status WriteTo(BlockIo& io) const;

 private:
  // What a slot has beyond its value's needs is not kept: it would be memory for the asking.
  struct Spare {
    std::uint64_t before = 0;  // how much of `data_` comes before it
    std::uint64_t size = 0;
  };

  std::vector<std::uint64_t> ends_;  // where each slot ends, from the start of the data area
  std::string data_;
  std::vector<Spare> spares_;
  std::string formats_;
  std::string codes_;
};

}  // namespace shmount
