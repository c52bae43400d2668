// SPDX-License-Identifier: Apache-2.0
#include "core/list_element.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "core/list_codec.h"

namespace shmount {
namespace {

/// How many reads of an element that others keep changing are made before giving up.
constexpr int kMaxTries = 1000;

/// How many passes in a row have to agree. Once changes were seen, more: a writer that changes the
/// type back and forth can be at the same point in each of two passes.
constexpr int kAgreeing = 2;
constexpr int kAgreeingAfterChange = 4;

/// How long a writer that was put to sleep between its stores is waited for.
constexpr std::chrono::microseconds kLastWait(200);

/// Counts how often in a row one and the same tag was read that makes no sense.
class DamageCounter {
 public:
  /// Whether the damage is here to stay. Lets the writer, if there is one, go on.
  bool Settled(const Tag& tag) {
    seen_ = last_ == tag ? seen_ + 1 : 1;
    last_ = tag;
    if (seen_ == kDamageTries) {
      return true;
    }
    WaitForWriter(seen_);
    return false;
  }

 private:
  std::optional<Tag> last_;
  int seen_ = 0;
};

/// What one pass over an element found.
struct Pass {
  Tag tag;
  std::optional<Format> format;  ///< nothing: damaged, or being written
  std::string data;
  bool operator==(const Pass& other) const { return tag == other.tag && data == other.data; }
};

/// Reads the marks, then the bytes they speak of: after a format that our writers have changed, its
/// code and data are never the old ones.
Status ReadPass(const BlockIo& io, const ListShape& shape, std::uint64_t index, const Slot& slot,
                Pass& pass) {
  const auto tag = ReadTag(io, shape, index);
  if (!tag) {
    return std::unexpected(tag.error());
  }
  pass.tag = *tag;
  pass.format = Interpret(*tag);
  if (pass.format && pass.format->length > slot.size) {
    pass.format.reset();
  }
  if (!pass.format) {
    return {};
  }
  pass.data.resize(pass.format->length);
  return ReadExactly(io, slot.offset, std::as_writable_bytes(std::span(pass.data)));
}

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

/// How many bytes `value` takes from now on. A text keeps a format of texts that holds it.
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

/// Changes type and value so that nobody takes the bytes of one type for the other's: first a code
/// that does not go with the old format, then data, then the format. CPython reads the format
/// first, so with the new one it meets the new data. A reader of ours waits until the two agree
/// again.
Status WriteRetyped(const Assignment& plan, BlockIo& io, const ListShape& shape,
                    std::uint64_t index, const Value& value) {
  const auto& [slot, current, next, length] = plan;
  const auto format = ParseFormat(current.format);
  const bool agrees = format && CodeAgrees(format->type, next.code);
  const std::uint8_t between = agrees ? kNoneCode : next.code;
  const std::uint64_t code_at = shape.codes_begin() + index;
  Status status;
  if (between != current.code) {
    status = Write(io, code_at, between);
  }
  if (status) {
    status = WriteData(io, slot, value, length);
  }
  if (status && next.format != current.format) {
    status = Write(io, shape.formats_begin() + 8 * index, next.format);
  }
  if (status && next.code != between) {
    status = Write(io, code_at, next.code);
  }
  return status;
}

}  // namespace

void WaitForWriter(int tries) {
  if (tries < kDamageTries - 1) {
    std::this_thread::yield();
  } else {
    std::this_thread::sleep_for(kLastWait);
  }
}

Result<Value> ReadElementIn(const BlockIo& io, const ListShape& shape, std::uint64_t index,
                            const Slot& slot) {
  Pass previous;
  Pass pass;
  DamageCounter damage;
  int agreed = 0;
  int wanted = kAgreeing;
  for (int i = 0; i < kMaxTries; ++i) {
    std::swap(previous, pass);
    if (auto status = ReadPass(io, shape, index, slot, pass); !status) {
      return std::unexpected(std::move(status).error());
    }
    if (!pass.format && damage.Settled(pass.tag)) {
      return DamagedElement(index);
    }
    agreed = pass.format && previous.format && pass == previous ? agreed + 1 : 1;
    if (pass.format && agreed >= wanted) {
      return Decode(*pass.format, pass.data);
    }
    if (i > 0 && agreed == 1) {
      wanted = kAgreeingAfterChange;
    }
  }
  return Fail(EIO, "list element changes all the time");
}

Result<Value> ReadElement(const BlockIo& io, const ListShape& shape, std::uint64_t index) {
  const auto slot = LocateSlot(io, shape, index);
  if (!slot) {
    return std::unexpected(slot.error());
  }
  return ReadElementIn(io, shape, index, *slot);
}

Result<Type> ReadElementType(const BlockIo& io, const ListShape& shape, std::uint64_t index) {
  if (index >= shape.count) {
    return Fail(EINVAL, "index past the list");
  }
  DamageCounter damage;
  for (int i = 0; i < kMaxTries; ++i) {
    const auto tag = ReadTag(io, shape, index);
    if (!tag) {
      return std::unexpected(tag.error());
    }
    if (const auto format = Interpret(*tag)) {
      return format->type;  // numbers share a code, so that one agreeing read says it all
    }
    if (damage.Settled(*tag)) {
      break;
    }
  }
  return DamagedElement(index);
}

Result<Assignment> PlanAssignment(const BlockIo& io, const ListShape& shape, std::uint64_t index,
                                  const Value& value) {
  const auto slot = LocateSlot(io, shape, index);
  if (!slot) {
    return std::unexpected(slot.error());
  }
  if (const auto text = TextOf(value); text && text->size() > slot->size) {
    return Fail(EFBIG, "value longer than its slot");
  }
  const auto current = ReadTag(io, shape, index);
  if (!current) {
    return std::unexpected(current.error());
  }
  const std::uint64_t length = NextLength(*current, *slot, value);
  return Assignment{*slot, *current, MakeTag(TypeOf(value), length), length};
}

Status CarryOut(const Assignment& plan, BlockIo& io, const ListShape& shape, std::uint64_t index,
                const Value& value) {
  return plan.retypes() ? WriteRetyped(plan, io, shape, index, value)
                        : WriteData(io, plan.slot, value, plan.length);
}

Status AssignElement(BlockIo& io, const ListShape& shape, std::uint64_t index, const Value& value) {
  const auto plan = PlanAssignment(io, shape, index, value);
  return plan ? CarryOut(*plan, io, shape, index, value) : std::unexpected(plan.error());
}

}  // namespace shmount
