// SPDX-License-Identifier: Apache-2.0
#include "core/list/assign.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/list/codec.h"

namespace shmount {
namespace {

template <class T>
Status Write(BlockIo& io, std::uint64_t offset, const T& object) {
  return io.WriteAt(offset, std::as_bytes(std::span(&object, 1)));
}

/// Writes the bytes of a value: 8 at once, or a text and NULs up to `length`.
Status WriteData(BlockIo& io, const Slot& slot, const Value& value, std::uint64_t length) {
  const auto text = TextOf(value);
  if (!text) {
    return Write(io, slot.offset, EncodeWord(value));
  }
  std::string padded(length, '\0');
  std::copy(text->begin(), text->end(), padded.begin());
  return io.WriteAt(slot.offset, std::as_bytes(std::span(padded)));
}

/// The length that the assigned element has. A str or bytes keeps the length of its format if
/// `value` fits.
std::uint64_t NextLength(const Tag& current, const Slot& slot, const Value& value) {
  const auto text = TextOf(value);
  if (!text) {
    return 8;
  }
  const auto format = ParseFormat(current.format);
  const bool keep = format && format->type == Type::kStr && format->length >= text->size() &&
                    format->length <= slot.size;
  return keep ? format->length : slot.size;
}

/// Changes type and value so that no reader interprets the bytes of one type as the other. First
/// comes a code that contradicts the old format, then the data, then the new format. CPython reads
/// the format first: if it reads the new format, it reads the new data. Our own readers wait until
/// code and format agree again.
Status WriteRetyped(const Assignment& plan, BlockIo& io, const ListShape& shape,
                    std::uint64_t index, const Value& value) {
  const auto& [slot, current, next, length] = plan;
  const auto format = ParseFormat(current.format);
  const bool agrees = format && CodeAgrees(format->type, next.code);
  const std::uint8_t between = agrees ? kNoneCode : next.code;
  const std::uint64_t code_at = shape.codes_begin() + index;
  if (between != current.code) {
    TRY(Write(io, code_at, between));
  }
  TRY(WriteData(io, slot, value, length));
  if (next.format != current.format) {
    TRY(Write(io, shape.formats_begin() + 8 * index, next.format));
  }
  return next.code != between ? Write(io, code_at, next.code) : Status{};
}

}  // namespace

Result<Assignment> PlanAssignment(const BlockIo& io, const ListShape& shape, std::uint64_t index,
                                  const Value& value) {
  const auto slot = TRY(LocateSlot(io, shape, index));
  if (const auto text = TextOf(value); text && text->size() > slot.size) {
    return Fail(EFBIG, "value longer than its slot");
  }
  const auto current = TRY(ReadTag(io, shape, index));
  const std::uint64_t length = NextLength(current, slot, value);
  return Assignment{slot, current, MakeTag(TypeOf(value), length), length};
}

Status CarryOut(const Assignment& plan, BlockIo& io, const ListShape& shape, std::uint64_t index,
                const Value& value) {
  if (!plan.retypes() && !TextOf(value)) {
    return WriteData(io, plan.slot, value, plan.length);  // one store
  }
  std::vector<std::byte> old(plan.length);
  TRY(ReadExactly(io, plan.slot.offset, old));
  auto done = plan.retypes() ? WriteRetyped(plan, io, shape, index, value)
                             : WriteData(io, plan.slot, value, plan.length);
  if (!done) {
    // The block has a hole and there is no memory to fill it. Memory that was written before is
    // allocated, so restoring the old bytes succeeds.
    (void)io.WriteAt(plan.slot.offset, old);
    (void)Write(io, shape.formats_begin() + 8 * index, plan.current.format);
    (void)Write(io, shape.codes_begin() + index, plan.current.code);
  }
  return done;
}

Status AssignElement(BlockIo& io, const ListShape& shape, std::uint64_t index, const Value& value) {
  const auto plan = TRY(PlanAssignment(io, shape, index, value));
  return CarryOut(plan, io, shape, index, value);
}

}  // namespace shmount
