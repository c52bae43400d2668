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

/// Bytes to write at offset `at` of the text of a str or bytes.
struct TextPatch {
  Type type = Type::kBytes;
  std::uint64_t at = 0;
  std::string_view bytes;
  bool may_end_within = false;  ///< may end within a character, whose bytes are not stored then
};

/// Stores only the bytes of the patch, at a cost that does not depend on the element's size.
/// Returns how many bytes were stored, or nothing if the element must be assigned as a whole
/// because its type differs or its format is too short. A newline that ends a str is not part of
/// the value, as in element files. Callers must allow one writer at a time. `head` reads the same
/// block. EFBIG: past the slot's end. EILSEQ: a str that would not be UTF-8. EINVAL: a NUL in a
/// str, or a gap between the text's end and the patch.
Result<std::optional<std::size_t>> PatchText(BlockIo& io, const BlockIo& head,
                                             const ListShape& shape, std::uint64_t index,
                                             const TextPatch& patch);

}  // namespace shmount
