// SPDX-License-Identifier: Apache-2.0
#include "core/list/element.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "core/list/codec.h"

namespace shmount {
namespace {

/// How many passes in a row have to agree. Once the type was seen to change, more: a writer that
/// changes it back and forth can be at the same point in each of two passes, where the bytes of one
/// type look like a value of the other.
constexpr int kAgreeing = 2;
constexpr int kAgreeingAfterRetyping = 4;

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

/// How long an element that others keep changing is read again: by time, so that a long one cannot
/// hold up everybody, but some times in any case.
class Patience {
 public:
  bool Ended() {
    return ++tries_ > kLeastTries && std::chrono::steady_clock::now() - since_ > kLongest;
  }

 private:
  static constexpr int kLeastTries = 16;
  static constexpr std::chrono::milliseconds kLongest{10};
  int tries_ = 0;
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

/// What one pass over an element found.
struct Pass {
  Tag tag;
  std::optional<Format> format;  ///< nothing: damaged, or being written
  std::string data;
  bool operator==(const Pass& other) const { return tag == other.tag && data == other.data; }
};

/// Finds whether the marks of a pass make sense for the slot.
void Judge(const Slot& slot, Pass& pass) {
  pass.format = Interpret(pass.tag);
  if (pass.format && pass.format->length > slot.size) {
    pass.format.reset();
  }
}

/// A pass in one read of `all` that lies from the slot to the code: it is over before a writer's
/// next store, most often, and several are before his next assignment.
Status ReadAtOnce(const BlockIo& io, const ListShape& shape, std::uint64_t index, const Slot& slot,
                  std::span<std::byte> all, Pass& pass) {
  TRY(ReadExactly(io, slot.offset, all));
  const std::uint64_t format_at = shape.formats_begin() + 8 * index - slot.offset;
  std::memcpy(&pass.tag.format, &all[format_at], sizeof pass.tag.format);
  pass.tag.code = static_cast<std::uint8_t>(all.back());
  Judge(slot, pass);
  if (pass.format) {
    pass.data.assign(reinterpret_cast<const char*>(all.data()), pass.format->length);
  }
  return {};
}

/// Else the marks first, then the bytes they speak of: after a format that our writers have
/// changed, its code and data are never the old ones.
Status ReadPass(const BlockIo& io, const ListShape& shape, std::uint64_t index, const Slot& slot,
                Pass& pass) {
  std::array<std::byte, 1024> near;
  if (const auto size = shape.codes_begin() + index + 1 - slot.offset; size <= near.size()) {
    return ReadAtOnce(io, shape, index, slot, std::span(near).first(size), pass);
  }
  const auto tag = TRY(ReadTag(io, shape, index));
  pass.tag = tag;
  Judge(slot, pass);
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
  std::optional<Tag> sensible;  // the last tag that was some type's
  DamageCounter damage;
  int agreed = 0;
  int wanted = kAgreeing;
  for (Patience patience; !patience.Ended();) {
    std::swap(previous, pass);
    TRY(ReadPass(io, shape, index, slot, pass));
    // Marks that made sense a moment ago are their writer's, however long he is stopped.
    if (!pass.format && damage.Settled(pass.tag) && !sensible) {
      return DamagedElement(index);
    }
    agreed = pass.format && previous.format && pass == previous ? agreed + 1 : 1;
    if (pass.format && agreed >= wanted) {
      return Decode(*pass.format, pass.data);
    }
    if (pass.format && std::exchange(sensible, pass.tag).value_or(pass.tag) != pass.tag) {
      wanted = kAgreeingAfterRetyping;
    }
  }
  return Fail(EIO, "list element changes all the time");
}

Result<Value> ReadElement(const BlockIo& io, const ListShape& shape, std::uint64_t index) {
  const auto slot = TRY(LocateSlot(io, shape, index));
  return ReadElementIn(io, shape, index, slot);
}

Result<Type> ReadElementType(const BlockIo& io, const ListShape& shape, std::uint64_t index) {
  if (index >= shape.count) {
    return Fail(EINVAL, "index past the list");
  }
  DamageCounter damage;
  for (Patience patience; !patience.Ended();) {
    const auto tag = TRY(ReadTag(io, shape, index));
    if (const auto format = Interpret(tag)) {
      return format->type;  // numbers share a code, so that one agreeing read says it all
    }
    if (damage.Settled(tag)) {
      break;
    }
  }
  return DamagedElement(index);
}

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
    // A hole in the block and no memory for it: what was written has its memory.
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
