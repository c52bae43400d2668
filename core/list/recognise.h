// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/base/result.h"
#include "core/list/block_io.h"
#include "core/list/layout.h"

namespace shmount {

/// How much a block's content resembles a list.
enum class Likeness : std::uint8_t {
  kBlock,  ///< not a list
  /// Count and offsets add up, but the first or last element has no valid format or a code that
  /// contradicts it: a process is making the list or assigning to that element, or the element is
  /// damaged.
  kBeingWritten,
  kList,
};

/// The result of RecogniseList.
struct Recognition {
  Likeness likeness = Likeness::kBlock;
  ListShape shape;     ///< meaningful unless kBlock
  bool blank = false;  ///< begins with zeros, as a list that Python has not filled yet
};

/// Tells whether a block of exactly `size` bytes is a list, in a fixed number of reads: the count,
/// the first and last offset, and the first and last format with their codes, all of which must add
/// up to `size`. The content of an empty list tells nothing, so that it is recognised only with
/// `has_list_xattr`. Fails only if reading fails.
Result<Recognition> RecogniseList(const BlockIo& io, std::uint64_t size, bool has_list_xattr);

}  // namespace shmount
