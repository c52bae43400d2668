// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/list/block_io.h"
#include "core/list/layout.h"
#include "core/value/value.h"

namespace shmount {

/// Collects values and lays them out as CPython 3.9 and later would (V2), with slots by UTF-8
/// bytes.
class ListBuilder {
 public:
  /// Adds a value. EFBIG: a str or bytes longer than kMaxText, which is not added.
  Status Add(const Value& value);

  ListShape shape() const;

  /// Writes the whole block, shape().size() bytes, to `io`, which must be that long.
  Status WriteTo(BlockIo& io) const;

 private:
  std::vector<std::uint64_t> ends_;  // where each slot ends, from the start of the data area
  std::string data_;
  std::string formats_;
  std::string codes_;
};

}  // namespace shmount
