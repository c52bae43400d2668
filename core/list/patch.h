// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/result.h"
#include "core/list/block_io.h"
#include "core/list/layout.h"
#include "core/value/value.h"

namespace shmount {

/// Bytes for the text of a str or bytes, which a file of the text has from `at` on.
struct TextPatch {
  Type type = Type::kBytes;
  std::uint64_t at = 0;
  std::string_view bytes;
  bool may_end_within = false;  ///< a character of a str: its beginning is left out then
};

/// Stores them, and nothing else of the element, at a cost that its size has no part in. Gives how
/// many are stored; nothing where the element has to be assigned as a whole, as its type is another
/// or its format too short. As in files a newline that ends a str is no part of the value. One
/// writer at a time. `head` is for reading the same block. EFBIG, EILSEQ; EINVAL: a NUL in a str,
/// or a hole before.
Result<std::optional<std::size_t>> PatchText(BlockIo& io, const BlockIo& head,
                                             const ListShape& shape, std::uint64_t index,
                                             const TextPatch& patch);

}  // namespace shmount
