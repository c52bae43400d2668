// SPDX-License-Identifier: Apache-2.0
#include "core/list/check.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>

#include "tests/support/list_blocks.h"

namespace shmount {
namespace {

using Int = std::int64_t;

struct Checked {
  ListCheck check;
  std::vector<Damage> damages;
};

Checked Check(ListBlock& list, bool marked = false) {
  Checked checked;
  const auto io = list.io();
  const auto check = CheckList(io, list.bytes.size(), marked,
                               [&](const Damage& damage) { checked.damages.push_back(damage); });
  EXPECT_TRUE(check);
  checked.check = check.value_or(ListCheck{});
  EXPECT_EQ(checked.check.damages, checked.damages.size());
  return checked;
}

ListBlock Sample() {
  return MakeList({Int{1}, Str{"text"}, 2.5, None{}, true, Bytes{"0123456789"}, Int{7}});
}

TEST(CheckList, WholeListsHaveNoDamage) {
  for (auto list : {Sample(), ToV1(Sample())}) {
    const auto [check, damages] = Check(list);
    EXPECT_TRUE(check.is_list);
    EXPECT_EQ(check.shape, list.shape);
    EXPECT_TRUE(damages.empty());
  }
}

TEST(CheckList, NamesElementAndOffset) {
  const struct {
    void (*damage)(ListBlock&);
    std::uint64_t element;
    std::uint64_t (*offset)(const ListShape&);
  } cases[] = {
      {[](ListBlock& list) { list.PutFormat(2, ""); }, 2,
       [](const ListShape& shape) { return shape.formats_begin() + 16; }},
      {[](ListBlock& list) { list.PutFormat(2, "zz"); }, 2,
       [](const ListShape& shape) { return shape.formats_begin() + 16; }},
      {[](ListBlock& list) { list.PutFormat(1, "16s"); }, 1,
       [](const ListShape& shape) { return shape.formats_begin() + 8; }},
      {[](ListBlock& list) { list.Code(3) = std::byte{0}; }, 3,
       [](const ListShape& shape) { return shape.codes_begin() + 3; }},
      {[](ListBlock& list) { list.bytes[list.shape.data_begin() + 8] = std::byte{0xFF}; }, 1,
       [](const ListShape& shape) { return shape.data_begin() + 8; }},
      // What CPython's sl[-N-1] = 7 does: the first format is overwritten, and it is no list any
      // more.
      {[](ListBlock& list) { list.PutFormat(0, "zz"); }, 0,
       [](const ListShape& shape) { return shape.formats_begin(); }},
      {[](ListBlock& list) { list.PutFormat(6, "zz"); }, 6,
       [](const ListShape& shape) { return shape.formats_begin() + 48; }},
  };
  for (const auto& [damage, element, offset] : cases) {
    for (auto list : {Sample(), ToV1(Sample())}) {
      damage(list);
      const auto [check, damages] = Check(list);
      ASSERT_EQ(damages.size(), 1U) << element;
      EXPECT_EQ(damages[0].element, element);
      EXPECT_EQ(damages[0].offset, offset(list.shape)) << element;
      EXPECT_EQ(check.shape, list.shape);
    }
  }
}

TEST(CheckList, DamagedOffsets) {
  auto list = Sample();
  list.PutWord(8UL * (1 + 3), 13);  // the end of 2 and the begin of 3
  const auto damages = Check(list).damages;
  ASSERT_EQ(damages.size(), 2U);
  EXPECT_EQ(damages[0].element, 2U);
  EXPECT_EQ(damages[0].offset, 24U);
  EXPECT_EQ(damages[1].element, 3U);

  auto old = ToV1(Sample());
  old.PutWord(8UL * (1 + 3), 13);
  const auto after = Check(old).damages;
  ASSERT_FALSE(after.empty());
  EXPECT_EQ(after[0].element, 3U);
}

TEST(CheckList, TellsWhatABlockLacks) {
  auto longer = Sample();
  longer.bytes.resize(longer.bytes.size() + 8);
  const auto [check, damages] = Check(longer);
  EXPECT_FALSE(check.is_list);
  EXPECT_EQ(check.shape, Sample().shape);
  ASSERT_EQ(damages.size(), 1U);
  EXPECT_NE(damages[0].what.find(std::to_string(Sample().bytes.size())), std::string::npos);

  ListBlock empty{std::vector<std::byte>(16), {}};
  EXPECT_FALSE(Check(empty).check.is_list);
  EXPECT_EQ(Check(empty).damages.size(), 1U);
  EXPECT_TRUE(Check(empty, true).check.is_list);
  EXPECT_TRUE(Check(empty, true).damages.empty());

  for (const std::size_t size : {0, 1, 7, 8, 24, 4096}) {
    ListBlock block{std::vector<std::byte>(size, std::byte{0xAB}), {}};
    EXPECT_FALSE(Check(block).check.is_list);
    EXPECT_EQ(Check(block).damages.size(), 1U) << size;
  }
}

TEST(CheckList, SurvivesEveryByteFlipAndCut) {
  for (const auto& whole : {Sample(), ToV1(Sample())}) {
    for (std::size_t at = 0; at < whole.bytes.size(); ++at) {
      for (int byte = 0; byte < 256; byte += 5) {
        auto list = whole;
        list.bytes[at] = std::byte(byte);
        Check(list);
      }
      auto cut = whole;
      cut.bytes.resize(at);
      EXPECT_FALSE(Check(cut).check.is_list) << at;
    }
  }
}

}  // namespace
}  // namespace shmount
