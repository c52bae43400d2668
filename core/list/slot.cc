// SPDX-License-Identifier: Apache-2.0
#include "core/list/slot.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace shmount {

std::optional<Slot> CheckSlot(const ListShape& shape, std::uint64_t begin, std::uint64_t end) {
  if ((begin | end) % 8 != 0 || begin >= end || end > shape.data_size || end - begin > kMaxSlot) {
    return std::nullopt;
  }
  return Slot{shape.data_begin() + begin, end - begin};
}

Result<std::uint64_t> SumSlots(const BlockIo& io, const ListShape& shape, std::uint64_t index,
                               SlotSum* known) {
  constexpr std::uint64_t kWordsAtOnce = 8192;
  const SlotSum from = known != nullptr && known->index <= index ? *known : SlotSum{};
  std::vector<std::uint64_t> sizes;
  std::uint64_t sum = from.begin;
  for (std::uint64_t first = from.index; first < index; first += sizes.size()) {
    TRY(ReadMany(io, 8 * (1 + first), std::min(kWordsAtOnce, index - first), sizes));
    for (const std::uint64_t size : sizes) {
      if (size > shape.data_size || !CheckSlot(shape, sum, sum + size)) {
        return Fail(EIO, "damaged slot sizes of a list");
      }
      sum += size;
    }
  }
  if (known != nullptr) {
    *known = {index, sum};
  }
  return sum;
}

Result<Slot> LocateSlot(const BlockIo& io, const ListShape& shape, std::uint64_t index,
                        SlotSum* known) {
  if (index >= shape.count) {
    return Fail(EINVAL, "index past the list");
  }
  std::array<std::uint64_t, 2> ends{};
  if (shape.layout == Layout::kV1) {
    const auto begin = TRY(SumSlots(io, shape, index, known));
    std::array<std::uint64_t, 1> size{};
    TRY(ReadExactly(io, 8 * (1 + index), std::as_writable_bytes(std::span(size))));
    ends = {begin, begin + std::min(size[0], shape.data_size + 1)};
  } else {
    TRY(ReadExactly(io, 8 * (1 + index), std::as_writable_bytes(std::span(ends))));
  }
  if (const auto slot = CheckSlot(shape, ends[0], ends[1])) {
    return *slot;
  }
  return DamagedElement(index);
}

std::unexpected<Error> DamagedElement(std::uint64_t index) {
  return Fail(EIO, "damaged list element " + std::to_string(index));
}

}  // namespace shmount
