// SPDX-License-Identifier: Apache-2.0
#include "core/list/build.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>

#include "core/list/read.h"
#include "core/list/recognise.h"
#include "core/list/slot.h"
#include "tests/support/list_blocks.h"

namespace shmount {
namespace {

using namespace std::string_literals;
using Int = std::int64_t;

TEST(ListBuilder, EmptyListIsSixteenZeroBytes) {
  const auto list = MakeList({});
  EXPECT_EQ(list.bytes, std::vector<std::byte>(16));
  EXPECT_EQ(list.shape, (ListShape{Layout::kV2, 0, 0}));
}

TEST(ListBuilder, LaysOutAsPythonDoes) {
  const auto list = MakeList({Int{-2}, Str{"howdy"}});
  const std::string expected =
      "\2\0\0\0\0\0\0\0"
      "\0\0\0\0\0\0\0\0"
      "\x08\0\0\0\0\0\0\0"
      "\x10\0\0\0\0\0\0\0"
      "\xfe\xff\xff\xff\xff\xff\xff\xff"
      "howdy\0\0\0"
      "q\0\0\0\0\0\0\0"
      "8s\0\0\0\0\0\0"
      "\0\1"s;
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(list.bytes.data()), list.bytes.size()),
            expected);
}

TEST(ListBuilder, SlotsGoByBytes) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "8s"},
      {"1234567", "8s"},
      {"12345678", "16s"},
      {std::string(15, 'x'), "16s"},
      {"ééé", "8s"},
      {"éééé", "16s"},
      {std::string(1000, 'x'), "1008s"},
  };
  for (const auto& [text, format] : cases) {
    for (const Value& value : {Value(Str{text}), Value(Bytes{text})}) {
      auto list = MakeList({value});
      EXPECT_EQ(list.FormatOf(0), format);
      EXPECT_EQ(std::to_string(list.shape.data_size) + "s", format);
      EXPECT_EQ(ReadElement(list.io(), list.shape, 0).value(), value);
    }
  }
}

TEST(ListBuilder, ASlotCanBeLargerThanItsValueNeeds) {
  const Value values[] = {Str{"x"}, Int{5}, None{}, Bytes{"12345678"}};
  const std::uint64_t given[] = {104, 16, 0, 8};
  const std::uint64_t sizes[] = {104, 16, 8, 16};
  ListBuilder builder;
  for (std::size_t i = 0; i < 4; ++i) {
    ASSERT_TRUE(builder.Add(values[i], given[i]));
  }
  const ListShape shape = builder.shape();
  EXPECT_EQ(shape.data_size, 144U);
  std::vector<std::byte> bytes(shape.size());
  MemoryIo io(bytes);
  ASSERT_TRUE(builder.WriteTo(io));
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(LocateSlot(io, shape, i)->size, sizes[i]);
    EXPECT_EQ(ReadElement(io, shape, i).value(), values[i]);
  }
}

TEST(ListBuilder, ASlotOfNoMemoryIsNotKept) {
  ListBuilder builder;
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_TRUE(builder.Add(None{}, kMaxSlot));
  }
  EXPECT_EQ(builder.shape().data_size, 100'000 * kMaxSlot);
}

TEST(SlotSize, IsAMultipleOfEightThatAFormatCanSay) {
  EXPECT_EQ(ParseSlotSize("8"), 8U);
  EXPECT_EQ(ParseSlotSize("9999992"), kMaxSlot);
  for (const char* text :
       {"", "0", "4", "9", "10000000", "-8", "+8", " 8", "8 ", "0x8", "18446744073709551616"}) {
    EXPECT_FALSE(ParseSlotSize(text)) << text;
  }
}

TEST(ListBuilder, TakesNothingLongerThanAFormatCanSay) {
  ListBuilder builder;
  const auto status = builder.Add(Bytes{std::string(kMaxText + 1, 'x')});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, EFBIG);
  EXPECT_EQ(builder.shape(), (ListShape{Layout::kV2, 0, 0}));

  auto list = MakeList({Str{std::string(kMaxText, 'x')}});
  EXPECT_EQ(list.FormatOf(0), "9999992s");
  const auto found = RecogniseList(list.io(), list.bytes.size(), false);
  EXPECT_EQ(found->likeness, Likeness::kList);
  EXPECT_EQ(std::get<Str>(ReadElement(list.io(), list.shape, 0).value()).utf8.size(), kMaxText);
}

TEST(ListBuilder, NeedsABlockThatLong) {
  ListBuilder builder;
  ASSERT_TRUE(builder.Add(Int{1}));
  std::vector<std::byte> bytes(builder.shape().size() - 1);
  MemoryIo io(bytes);
  const auto status = builder.WriteTo(io);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, EFBIG);
}

}  // namespace
}  // namespace shmount
