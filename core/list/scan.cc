// SPDX-License-Identifier: Apache-2.0
#include "core/list/scan.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "core/list/codec.h"
#include "core/list/read.h"
#include "core/list/run_reader.h"
#include "core/list/slot.h"
#include "core/list/tag.h"

namespace shmount {
namespace {

constexpr std::uint64_t kElementsAtOnce = 8192;
constexpr std::uint64_t kBytesAtOnce = std::uint64_t{256} * 1024;

using Visitor = std::function<bool(std::uint64_t, const Result<Value>&)>;

/// Visits elements in runs of adjacent slots, each of which is read and compared at once.
class Scanner {
 public:
  Scanner(const BlockIo& io, const ListShape& shape, const Visitor& visit, std::uint64_t longest,
          Patience& patience)
      : io_(io),
        shape_(shape),
        visit_(visit),
        longest_(longest),
        patience_(patience),
        judge_(io, shape, patience) {}

  /// Visits all of `slots`, which begin at element `first`. Returns false once the visitor stops.
  Result<bool> Visit(std::uint64_t first, std::span<const Slot> slots) {
    while (!slots.empty()) {
      const std::size_t length = RunLength(slots);
      const auto more =
          length > 0 ? VisitRun(first, slots.first(length)) : VisitAlone(first, slots);
      if (!more || !*more) {
        return more;
      }
      const std::size_t done = std::max<std::size_t>(length, 1);
      first += done;
      slots = slots.subspan(done);
    }
    return true;
  }

 private:
  /// How many slots at the start are adjacent and fit in one read: 0 if the first is damaged or too
  /// large.
  std::size_t RunLength(std::span<const Slot> slots) const {
    std::uint64_t end = slots.front().offset;
    std::size_t length = 0;
    while (length < slots.size() && slots[length].size > 0 && slots[length].size <= longest_ &&
           slots[length].offset == end &&
           end + slots[length].size - slots.front().offset <= kBytesAtOnce) {
      end += slots[length].size;
      ++length;
    }
    return length;
  }

  Result<bool> VisitAlone(std::uint64_t index, std::span<const Slot> slots) {
    if (slots.front().size == 0) {
      return visit_(index, DamagedElement(index));
    }
    if (slots.front().size > longest_) {
      return visit_(index, Fail(EFBIG, "long element"));
    }
    return visit_(index, ReadElementIn(io_, shape_, index, slots.front(), patience_));
  }

  Result<bool> VisitRun(std::uint64_t first, std::span<const Slot> slots) {
    for (Snapshot* snapshot : {&before_, &now_}) {
      TRY(snapshot->Read(io_, shape_, first, slots));
    }
    judge_.StartRun(first, slots.size());
    const bool calm = before_ == now_;
    for (std::size_t i = 0; i < slots.size(); ++i) {
      const auto format = Interpret(now_.TagOf(i));
      const bool damaged = !format || format->length > slots[i].size;
      if (!damaged && (calm || SameInBoth(slots, i))) {
        element_ = Decode(*format, now_.DataOf(slots, i));
      } else if (damaged && judge_.Settled(i, now_.TagOf(i))) {
        element_ = DamagedElement(first + i);
      } else {
        element_ = ReadElementIn(io_, shape_, first + i, slots[i], patience_);
      }
      if (!visit_(first + i, element_)) {
        return false;
      }
    }
    return true;
  }

  bool SameInBoth(std::span<const Slot> slots, std::size_t i) const {
    return before_.TagOf(i) == now_.TagOf(i) && before_.DataOf(slots, i) == now_.DataOf(slots, i);
  }

  const BlockIo& io_;
  const ListShape& shape_;
  const Visitor& visit_;
  const std::uint64_t longest_;
  Patience& patience_;
  Snapshot before_;
  Snapshot now_;
  DamageJudge judge_;
  Result<Value> element_;
};

}  // namespace

Status ScanElements(const BlockIo& io, const ListShape& shape, std::uint64_t begin,
                    std::uint64_t end, const Visitor& visit, const ScanHow& how) {
  end = std::min(end, shape.count);
  if (begin >= end) {
    return {};
  }
  Patience own;
  SlotWalker walker(io, shape, begin, how.known);
  Scanner scanner(io, shape, visit, how.longest, how.patience != nullptr ? *how.patience : own);
  std::vector<Slot> slots;
  while (begin < end) {
    const std::uint64_t count = std::min(kElementsAtOnce, end - begin);
    TRY(walker.Next(count, slots));
    const auto more = TRY(scanner.Visit(begin, slots));
    if (!more) {
      return {};
    }
    begin += count;
  }
  return {};
}

Status ScanTypes(const BlockIo& io, const ListShape& shape, std::uint64_t begin, std::uint64_t end,
                 const std::function<bool(std::uint64_t, const Result<Type>&)>& visit,
                 Patience* patience) {
  end = std::min(end, shape.count);
  Snapshot tags;
  Patience own;
  Patience& whole = patience != nullptr ? *patience : own;
  DamageJudge judge(io, shape, whole);
  while (begin < end) {
    const std::uint64_t count = std::min(kElementsAtOnce, end - begin);
    TRY(tags.ReadTags(io, shape, begin, count));
    judge.StartRun(begin, count);
    for (std::size_t i = 0; i < count; ++i) {
      const auto format = Interpret(tags.TagOf(i));
      Result<Type> type;
      if (format) {
        type = format->type;
      } else if (judge.Settled(i, tags.TagOf(i))) {
        type = DamagedElement(begin + i);
      } else {
        type = ReadElementType(io, shape, begin + i, whole);
      }
      if (!visit(begin + i, type)) {
        return {};
      }
    }
    begin += count;
  }
  return {};
}

Status AppendFormats(const BlockIo& io, const ListShape& shape, std::uint64_t begin,
                     std::uint64_t end, std::string& out) {
  end = std::min(end, shape.count);
  std::vector<FormatWord> formats;
  while (begin < end) {
    const std::uint64_t count = std::min(kElementsAtOnce, end - begin);
    TRY(ReadMany(io, shape.formats_begin() + 8 * begin, count, formats));
    for (const FormatWord format : formats) {
      const auto chars = std::bit_cast<std::array<char, sizeof(format)>>(format);
      const std::string_view text(chars.data(), chars.size());
      out.append(text.substr(0, text.find_last_not_of('\0') + 1));
    }
    begin += count;
  }
  return {};
}

}  // namespace shmount
