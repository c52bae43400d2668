// SPDX-License-Identifier: Apache-2.0
#include "core/list/run_reader.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace shmount {

SlotWalker::SlotWalker(const BlockIo& io, const ListShape& shape, std::uint64_t first,
                       SlotSum* known)
    : io_(io), shape_(shape), next_(first) {
  if (shape.layout == Layout::kV1) {
    const auto begin = SumSlots(io, shape, first, known);
    begin_ = begin ? std::optional(*begin) : std::nullopt;
  }
}

Status SlotWalker::Next(std::uint64_t count, std::vector<Slot>& slots) {
  const std::uint64_t words = count + (shape_.layout == Layout::kV2 ? 1 : 0);
  TRY(ReadMany(io_, 8 * (1 + next_), words, words_));
  next_ += count;
  slots.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto slot = shape_.layout == Layout::kV2 ? CheckSlot(shape_, words_[i], words_[i + 1])
                                                   : AfterLast(words_[i]);
    slots[i] = slot.value_or(Slot{});
  }
  return {};
}

/// V1: slots past a damaged size cannot be located.
std::optional<Slot> SlotWalker::AfterLast(std::uint64_t size) {
  if (!begin_ || size > shape_.data_size) {
    begin_.reset();
    return std::nullopt;
  }
  const auto slot = CheckSlot(shape_, *begin_, *begin_ + size);
  begin_ = slot ? std::optional(*begin_ + size) : std::nullopt;
  return slot;
}

Status Snapshot::ReadTags(const BlockIo& io, const ListShape& shape, std::uint64_t first,
                          std::uint64_t count) {
  auto status = ReadMany(io, shape.formats_begin() + 8 * first, count, formats);
  return status ? ReadMany(io, shape.codes_begin() + first, count, codes) : status;
}

Status Snapshot::Read(const BlockIo& io, const ListShape& shape, std::uint64_t first,
                      std::span<const Slot> slots) {
  const auto status = ReadTags(io, shape, first, slots.size());
  const std::uint64_t begin = slots.front().offset;
  const std::uint64_t end = slots.back().offset + slots.back().size;
  return status ? ReadMany(io, begin, end - begin, data) : status;
}

void DamageJudge::StartRun(std::uint64_t first, std::uint64_t count) {
  first_ = first;
  count_ = count;
  read_ = false;
}

bool DamageJudge::Settled(std::size_t i, const Tag& tag) {
  if (!read_) {
    ReadAgain();
  }
  return std::ranges::all_of(
      later_, [&](const Snapshot& tags) { return i < tags.codes.size() && tags.TagOf(i) == tag; });
}

void DamageJudge::ReadAgain() {
  read_ = true;
  const auto since = Patience::Clock::now();
  for (std::size_t i = 0; i < later_.size(); ++i) {
    WaitForWriter(static_cast<int>(i) + 1, patience_);
    if (!later_[i].ReadTags(io_, shape_, first_, count_)) {
      later_[i].codes.clear();  // decides nothing: the elements are then read one by one
    }
  }
  patience_.Spend(Patience::Clock::now() - since);
}

}  // namespace shmount
