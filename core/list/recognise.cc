// SPDX-License-Identifier: Apache-2.0
#include "core/list/recognise.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "core/list/slot.h"
#include "core/list/tag.h"

namespace shmount {
namespace {

/// The bytes that an element takes besides its slot.
constexpr std::uint64_t kWithoutSlot = kMinPerElement - 8;

/// How many reads must find an invalid tag: CPython zeroes a format before it writes it, and writes
/// the code later.
constexpr int kTagTries = 4;

using Words = std::array<std::uint64_t, 2>;

template <class Container>
Status ReadWords(const BlockIo& io, std::uint64_t offset, Container& words) {
  return ReadExactly(io, offset, std::as_writable_bytes(std::span(words)));
}

std::optional<ListShape> EmptyShape(std::uint64_t size, const Words& words) {
  if (words != Words{}) {
    return std::nullopt;
  }
  if (size == 16) {
    return ListShape{Layout::kV2, 0, 0};
  }
  return size == 8 ? std::optional(ListShape{Layout::kV1, 0, 0}) : std::nullopt;
}

/// The only shape that a block of this size and these first words can have, by arithmetic alone.
std::optional<ListShape> ShapeFor(std::uint64_t size, const Words& words) {
  const auto [count, second] = words;
  const Layout layout = second == 0 ? Layout::kV2 : Layout::kV1;
  const std::uint64_t fixed = layout == Layout::kV2 ? 16 : 8;
  if (count == 0 || size < fixed || count > (size - fixed) / kMinPerElement) {
    return std::nullopt;
  }
  const std::uint64_t data_size = size - fixed - kWithoutSlot * count;
  if (data_size % 8 != 0 || (data_size - 1) / kMaxSlot >= count) {
    return std::nullopt;
  }
  return ListShape{layout, count, data_size};
}

/// The sizes of the first and the last slot.
struct EndSlots {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

/// Checks where the first slot ends and the last begins, and that the others fit between.
std::optional<EndSlots> CheckEnds(const ListShape& shape, std::uint64_t first_end,
                                  std::uint64_t last_begin) {
  const auto first = CheckSlot(shape, 0, first_end);
  const auto last = CheckSlot(shape, last_begin, shape.data_size);
  if (!first || !last) {
    return std::nullopt;
  }
  if (shape.count == 1) {
    return first->size == last->size ? std::optional(EndSlots{first->size, last->size})
                                     : std::nullopt;
  }
  if (first_end > last_begin) {
    return std::nullopt;
  }
  const std::uint64_t others = shape.count - 2;
  const std::uint64_t room = last_begin - first_end;
  if (room / 8 < others || (room > 0 && (room - 1) / kMaxSlot >= others)) {
    return std::nullopt;
  }
  return EndSlots{first->size, last->size};
}

Result<std::optional<EndSlots>> ReadEnds(const BlockIo& io, const ListShape& shape,
                                         std::uint64_t second_word) {
  Words last{};
  std::array<std::uint64_t, 1> word{};
  if (shape.layout == Layout::kV1) {
    TRY(ReadWords(io, 8 * shape.count, word));
    if (word[0] > shape.data_size) {
      return std::nullopt;
    }
    return CheckEnds(shape, second_word, shape.data_size - word[0]);
  }
  TRY(ReadWords(io, 8 * shape.count, last));
  if (last[1] != shape.data_size) {
    return std::nullopt;
  }
  TRY(ReadWords(io, 16, word));
  return CheckEnds(shape, word[0], last[0]);
}

/// Whether a tag is complete. It is not while CPython constructs or assigns: then the format is
/// missing or partly written, or the code does not match it yet.
bool IsWhole(const Tag& tag, std::uint64_t slot_size) {
  const auto format = ParseFormat(tag.format);
  return format && format->length <= slot_size && CodeAgrees(format->type, tag.code);
}

Result<Likeness> JudgeTags(const BlockIo& io, const ListShape& shape, const EndSlots& slots) {
  for (int i = 0; i < kTagTries; ++i) {
    if (i > 0) {
      io.Refresh();
    }
    const auto first = TRY(ReadTag(io, shape, 0));
    const auto last = TRY(ReadTag(io, shape, shape.count - 1));
    if (IsWhole(first, slots.first) && IsWhole(last, slots.last)) {
      return Likeness::kList;
    }
  }
  return Likeness::kBeingWritten;
}

}  // namespace

Result<Recognition> RecogniseList(const BlockIo& io, std::uint64_t size, bool has_list_xattr) {
  if (size < 8 || (size < kSmallestList && !has_list_xattr)) {
    return Recognition{};
  }
  Words words{};
  const auto head = std::as_writable_bytes(std::span(words)).first(std::min<std::size_t>(size, 16));
  TRY(ReadExactly(io, 0, head));
  if (has_list_xattr) {
    if (const auto empty = EmptyShape(size, words)) {
      return Recognition{.likeness = Likeness::kList, .shape = *empty};
    }
  }
  const auto shape = ShapeFor(size, words);
  if (!shape) {
    return Recognition{.likeness = Likeness::kBlock, .shape = {}, .blank = words == Words{}};
  }
  const auto slots = TRY(ReadEnds(io, *shape, words[1]));
  if (!slots) {
    return Recognition{};
  }
  const auto likeness = TRY(JudgeTags(io, *shape, *slots));
  return Recognition{.likeness = likeness, .shape = *shape};
}

}  // namespace shmount
