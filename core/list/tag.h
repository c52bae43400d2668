// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/result.h"
#include "core/list/block_io.h"
#include "core/list/layout.h"
#include "core/value/value.h"

namespace shmount {

/// A struct format as stored in the block: up to 8 characters, padded with NULs.
using FormatWord = std::uint64_t;

/// The format and the code of an element, which together give its bytes a type.
struct Tag {
  FormatWord format = 0;
  std::uint8_t code = 0;
  bool operator==(const Tag&) const = default;
};

/// The back-transform code of None, which CPython reads as None under any format.
inline constexpr std::uint8_t kNoneCode = 3;

/// What a format says without its code. Str and bytes share a format; its type is kStr here.
struct Format {
  Type type = Type::kInt;
  std::uint64_t length = 0;  ///< how many bytes of the slot hold the value
};

/// Returns nothing if CPython writes no such format.
std::optional<Format> ParseFormat(FormatWord word);

/// Whether an element of format type `type` can have this code.
bool CodeAgrees(Type type, std::uint8_t code);

/// The type and length that a tag means. Returns nothing if format and code contradict each other.
std::optional<Format> Interpret(const Tag& tag);

/// The tag of an element of `type`; `length` is the format's count for str and bytes.
Tag MakeTag(Type type, std::uint64_t length);

/// Reads the tag of element `index` < count by two reads, which another process's assignment may
/// separate.
Result<Tag> ReadTag(const BlockIo& io, const ListShape& shape, std::uint64_t index);

}  // namespace shmount
