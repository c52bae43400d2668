// SPDX-License-Identifier: Apache-2.0
#include "core/list/read.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>

#include "core/list/codec.h"
#include "core/list/tag.h"

namespace shmount {
namespace {

/// How many passes in a row have to agree. More are needed once the type was seen to change: a
/// writer that keeps changing it can be at the same point in two passes, and the bytes of one type
/// are then read as the other.
constexpr int kAgreeing = 2;
constexpr int kAgreeingAfterRetyping = 4;

/// How long to wait for a writer that the scheduler stopped between its stores.
constexpr std::chrono::microseconds kLastWait(200);

/// Counts how often in a row the same invalid tag was read.
class DamageCounter {
 public:
  /// Whether the tag was read often enough to count as damage. If not, waits, so that a writer can
  /// complete its stores.
  bool Settled(const Tag& tag, const Patience& patience) {
    seen_ = last_ == tag ? seen_ + 1 : 1;
    last_ = tag;
    if (seen_ == kDamageTries) {
      return true;
    }
    WaitForWriter(seen_, patience);
    return false;
  }

 private:
  std::optional<Tag> last_;
  int seen_ = 0;
};

/// Limits how often an element that others keep changing is read again: by time, so that a long
/// element does not delay other callers, but always a few times.
class Tries {
 public:
  explicit Tries(Patience& patience) : patience_(patience) {}
  Tries(const Tries&) = delete;
  Tries& operator=(const Tries&) = delete;
  ~Tries() {
    if (tries_ > kAgreeing) {
      patience_.Spend(Patience::Clock::now() - since_);
    }
  }

  bool Ended() {
    ++tries_;
    return patience_.ended() ? tries_ > kDamageTries
                             : tries_ > kLeastTries && Patience::Clock::now() - since_ > kLongest;
  }

 private:
  static constexpr int kLeastTries = 16;
  static constexpr std::chrono::milliseconds kLongest{10};
  Patience& patience_;
  int tries_ = 0;
  Patience::Clock::time_point since_ = Patience::Clock::now();
};

/// What one pass over an element found.
struct Pass {
  Tag tag;
  std::optional<Format> format;  ///< nothing: the tag is invalid or does not fit the slot
  std::string data;
  bool operator==(const Pass& other) const { return tag == other.tag && data == other.data; }
};

/// Checks that the tag of a pass is valid and fits the slot.
void Judge(const Slot& slot, Pass& pass) {
  pass.format = Interpret(pass.tag);
  if (pass.format && pass.format->length > slot.size) {
    pass.format.reset();
  }
}

/// Makes a pass by one read of all bytes from the slot to the code. Such a pass most often ends
/// before a writer's next store, and several of them before its next assignment.
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

/// Makes a pass that reads the tag first and then the data. Our writers store the data before the
/// new format, so that the data read after a new format is never the old one.
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

}  // namespace

void WaitForWriter(int tries, const Patience& patience) {
  if (patience.ended()) {
    return;
  }
  if (tries < kDamageTries - 1) {
    std::this_thread::yield();
  } else {
    std::this_thread::sleep_for(kLastWait);
  }
}

Result<Value> ReadElementIn(const BlockIo& io, const ListShape& shape, std::uint64_t index,
                            const Slot& slot, Patience& patience) {
  Pass previous;
  Pass pass;
  std::optional<Tag> sensible;  // the last valid tag
  DamageCounter damage;
  int agreed = 0;
  int wanted = kAgreeing;
  for (Tries tries(patience); !tries.Ended();) {
    if (agreed > 0) {
      io.Refresh();
    }
    std::swap(previous, pass);
    TRY(ReadPass(io, shape, index, slot, pass));
    // An invalid tag that follows a valid one means that a writer is between its stores, however
    // long the scheduler has stopped it. So it is not taken for damage.
    if (!pass.format && damage.Settled(pass.tag, patience) && !sensible) {
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

Result<Value> ReadElementIn(const BlockIo& io, const ListShape& shape, std::uint64_t index,
                            const Slot& slot) {
  Patience patience;
  return ReadElementIn(io, shape, index, slot, patience);
}

Result<Value> ReadElement(const BlockIo& io, const ListShape& shape, std::uint64_t index) {
  const auto slot = TRY(LocateSlot(io, shape, index));
  return ReadElementIn(io, shape, index, slot);
}

Result<Type> ReadElementType(const BlockIo& io, const ListShape& shape, std::uint64_t index) {
  Patience patience;
  return ReadElementType(io, shape, index, patience);
}

Result<Type> ReadElementType(const BlockIo& io, const ListShape& shape, std::uint64_t index,
                             Patience& patience) {
  if (index >= shape.count) {
    return Fail(EINVAL, "index past the list");
  }
  DamageCounter damage;
  for (Tries tries(patience); !tries.Ended(); io.Refresh()) {
    const auto tag = TRY(ReadTag(io, shape, index));
    if (const auto format = Interpret(tag)) {
      return format->type;  // numbers share one code, so that one read is enough
    }
    if (damage.Settled(tag, patience)) {
      break;
    }
  }
  return DamagedElement(index);
}

}  // namespace shmount
