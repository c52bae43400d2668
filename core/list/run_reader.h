// SPDX-License-Identifier: Apache-2.0
// Reads many adjacent elements at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/list/block_io.h"
#include "core/list/layout.h"
#include "core/list/read.h"
#include "core/list/slot.h"
#include "core/list/tag.h"

namespace shmount {

/// Locates the slots in order, many at a time. A damaged slot has size 0.
class SlotWalker {
 public:
  /// `known` as for SumSlots.
  SlotWalker(const BlockIo& io, const ListShape& shape, std::uint64_t first,
             SlotSum* known = nullptr);

  /// The next `count` slots.
  Status Next(std::uint64_t count, std::vector<Slot>& slots);

 private:
  std::optional<Slot> AfterLast(std::uint64_t size);

  const BlockIo& io_;
  const ListShape& shape_;
  std::uint64_t next_;
  std::optional<std::uint64_t> begin_;  // V1: where slot next_ begins; nothing after damage
  std::vector<std::uint64_t> words_;
};

/// The formats, codes and slots of adjacent elements, as one pass read them.
struct Snapshot {
  std::vector<FormatWord> formats;
  std::vector<std::uint8_t> codes;
  std::vector<char> data;
  bool operator==(const Snapshot&) const = default;

  Status ReadTags(const BlockIo& io, const ListShape& shape, std::uint64_t first,
                  std::uint64_t count);

  /// Reads the elements from `first` on, which lie in `slots`. The slots must be adjacent.
  Status Read(const BlockIo& io, const ListShape& shape, std::uint64_t first,
              std::span<const Slot> slots);

  Tag TagOf(std::size_t i) const { return {formats[i], codes[i]}; }

  std::string_view DataOf(std::span<const Slot> slots, std::size_t i) const {
    return std::string_view(data.data(), data.size())
        .substr(slots[i].offset - slots.front().offset, slots[i].size);
  }
};

/// Distinguishes damage from a tag whose writer is between its stores, for a run of elements at
/// once.
class DamageJudge {
 public:
  DamageJudge(const BlockIo& io, const ListShape& shape, Patience& patience)
      : io_(io), shape_(shape), patience_(patience) {}

  void StartRun(std::uint64_t first, std::uint64_t count);

  /// Whether element `i` of the run still has `tag`, which is invalid, after the longest wait.
  bool Settled(std::size_t i, const Tag& tag);

 private:
  void ReadAgain();

  const BlockIo& io_;
  const ListShape& shape_;
  Patience& patience_;
  std::uint64_t first_ = 0;
  std::uint64_t count_ = 0;
  bool read_ = false;
  std::array<Snapshot, kDamageTries - 1> later_;
};

}  // namespace shmount
