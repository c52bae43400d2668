// SPDX-License-Identifier: Apache-2.0
#include "core/list/slot.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "tests/support/list_blocks.h"

namespace shmount {
namespace {

using Int = std::int64_t;

std::vector<ListBlock> BothLayouts(const std::vector<Value>& values) {
  const ListBlock list = MakeList(values);
  return {list, ToV1(list)};
}

TEST(LocateSlot, FindsSlots) {
  for (ListBlock& list : BothLayouts({Str{"0123456789"}, Int{1}, Bytes{""}})) {
    const auto io = list.io();
    const std::uint64_t begins[] = {0, 16, 24};
    const std::uint64_t sizes[] = {16, 8, 8};
    for (std::uint64_t i = 0; i < 3; ++i) {
      const auto slot = LocateSlot(io, list.shape, i);
      ASSERT_TRUE(slot);
      EXPECT_EQ(slot->offset, list.shape.data_begin() + begins[i]);
      EXPECT_EQ(slot->size, sizes[i]);
    }
    EXPECT_FALSE(LocateSlot(io, list.shape, 3));
    EXPECT_FALSE(LocateSlot(io, list.shape, ~0ULL));
  }
}

TEST(LocateSlot, DamagedOffsetsAreErrors) {
  const std::uint64_t bad[] = {0, 1, 7, 9, 32, 1 << 20, std::uint64_t{1} << 63, ~0ULL, ~7ULL};
  auto v2 = MakeList({Int{1}, Int{2}, Int{3}});
  for (const std::uint64_t offset : bad) {
    auto list = v2;
    list.PutWord(16, offset);  // between elements 0 and 1
    const auto first = LocateSlot(list.io(), list.shape, 0);
    const auto second = LocateSlot(list.io(), list.shape, 1);
    EXPECT_TRUE(!first || !second) << offset;
    EXPECT_EQ((first ? second : first).error().code, EIO);
    EXPECT_TRUE(LocateSlot(list.io(), list.shape, 2));
  }
  for (const std::uint64_t size : bad) {
    auto list = ToV1(v2);
    list.PutWord(16, size);
    EXPECT_TRUE(LocateSlot(list.io(), list.shape, 0));
    EXPECT_FALSE(LocateSlot(list.io(), list.shape, 1)) << size;
    EXPECT_FALSE(LocateSlot(list.io(), list.shape, 2)) << size;
  }
}

TEST(LocateSlot, GoesOnFromAKnownSlot) {
  auto list = ToV1(MakeList(std::vector<Value>(50000, Str{"some text"})));
  const HookedIo io(list);
  SlotSum known;
  for (const std::uint64_t index : {40000, 40001, 40001, 40002, 7, 8}) {
    const int before = io.reads;
    const auto slot = LocateSlot(io, list.shape, index, &known);
    ASSERT_TRUE(slot);
    EXPECT_EQ(slot->offset, list.shape.data_begin() + 16 * index);
    EXPECT_LE(io.reads - before, index == 40000 ? 6 : 2) << index;
  }
  list.PutWord(8UL * 20, 7);
  EXPECT_FALSE(LocateSlot(io, list.shape, 30, &known));
  EXPECT_EQ(known.index, 8U) << "what was known stays so";
}

TEST(LocateSlot, AddsUpManyV1Sizes) {
  auto list = ToV1(MakeList(std::vector<Value>(20000, Str{"some text"})));
  const auto slot = LocateSlot(list.io(), list.shape, 19999);
  ASSERT_TRUE(slot);
  EXPECT_EQ(slot->offset, list.shape.data_begin() + 16UL * 19999);
}

}  // namespace
}  // namespace shmount
