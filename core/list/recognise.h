// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/base/result.h"
#include "core/list/block_io.h"
#include "core/list/layout.h"

namespace shmount {

/// How much a block's content resembles a list.
enum class Likeness : std::uint8_t {
  kBlock,  ///< no list
  /// Counts and offsets add up, but the first or last format is not written yet, is none, or does
  /// not go with its code: the list is being made or assigned to, or that element is damaged.
  kBeingWritten,
  kList,
};

struct Recognition {
  Likeness likeness = Likeness::kBlock;
  ListShape shape;     ///< meaningful unless kBlock
  bool blank = false;  ///< begins with zeros, as a list does that is not filled in yet
};

/// Tells whether a block of exactly `size` bytes is a list, in a fixed number of reads: the count,
/// the first and last offset, the first and last format with their codes, and that these add up to
/// `size`. An empty list holds nothing to tell it by, and is taken for one only with
/// `has_list_xattr`. Fails only if reading fails.
Result<Recognition> RecogniseList(const BlockIo& io, std::uint64_t size, bool has_list_xattr);

}  // namespace shmount
