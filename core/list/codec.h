// SPDX-License-Identifier: Apache-2.0
// What the list_*.cc files share: one element's format, code and bytes, apart from where they lie.
// Not for use outside of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/base/result.h"
#include "core/list/block_io.h"
#include "core/list/layout.h"
#include "core/value/value.h"

namespace shmount {

/// A struct format as it lies in the block: up to 8 characters, padded with NULs.
using FormatWord = std::uint64_t;

/// The two marks of an element that give its bytes a type.
struct Tag {
  FormatWord format = 0;
  std::uint8_t code = 0;
  bool operator==(const Tag&) const = default;
};

/// The back-transform code of None, which CPython reads as None under any format.
inline constexpr std::uint8_t kNoneCode = 3;

/// What a format alone says; str and bytes share theirs, which is kStr here.
struct Format {
  Type type = Type::kInt;
  std::uint64_t length = 0;  ///< how many bytes of the slot it takes
};

/// Nothing where the word is no format that CPython writes.
std::optional<Format> ParseFormat(FormatWord word);

/// Whether an element of format type `type` can have this code.
bool CodeAgrees(Type type, std::uint8_t code);

/// The type and length that a tag means. Nothing where format and code disagree.
std::optional<Format> Interpret(const Tag& tag);

/// The tag of an element of `type`; `length` is the format's count for str and bytes.
Tag MakeTag(Type type, std::uint64_t length);

/// The value in `data`, which holds format.length bytes or more.
Value Decode(const Format& format, std::string_view data);

/// The 8 bytes of a number, a bool or None; 0 for str and bytes.
std::uint64_t EncodeWord(const Value& value);

/// The bytes of a str or bytes; nothing for other types.
std::optional<std::string_view> TextOf(const Value& value);

/// Fills `into`. EIO where the block ends before.
Status ReadExactly(const BlockIo& io, std::uint64_t offset, std::span<std::byte> into);

Result<Tag> ReadTag(const BlockIo& io, const ListShape& shape, std::uint64_t index);

/// The slot from `begin` to `end`, counted from the start of the data area. Nothing where these
/// are no offsets of neighbouring slots.
std::optional<Slot> CheckSlot(const ListShape& shape, std::uint64_t begin, std::uint64_t end);

/// V1: where slot `index` <= count begins, from the start of the data area. EIO where a size before
/// it is damaged.
Result<std::uint64_t> SumSlots(const BlockIo& io, const ListShape& shape, std::uint64_t index);

/// ReadElement with the slot known.
Result<Value> ReadElementIn(const BlockIo& io, const ListShape& shape, std::uint64_t index,
                            const Slot& slot);

/// How often the same damage is read before it is believed: a writer may be between its stores.
inline constexpr int kDamageTries = 4;

/// Gives such a writer time, after `tries` reads of the same damage: first little, at last more.
void WaitForWriter(int tries);

std::unexpected<Error> DamagedElement(std::uint64_t index);

/// What AssignElement has found before it touches the block.
struct Assignment {
  Slot slot;
  Tag current;
  Tag next;
  std::uint64_t length = 0;  ///< how many bytes of the slot the value takes
  /// Whether it takes several stores, between which the element makes no sense.
  bool retypes() const { return current != next; }
};

/// The two halves of AssignElement: all that can be refused, and the stores.
Result<Assignment> PlanAssignment(const BlockIo& io, const ListShape& shape, std::uint64_t index,
                                  const Value& value);
Status CarryOut(const Assignment& plan, BlockIo& io, const ListShape& shape, std::uint64_t index,
                const Value& value);

}  // namespace shmount
