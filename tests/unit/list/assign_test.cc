// SPDX-License-Identifier: Apache-2.0
#include "core/list/assign.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/list/read.h"
#include "core/list/recognise.h"
#include "tests/support/list_blocks.h"

namespace shmount {
namespace {

using namespace std::string_literals;
using Int = std::int64_t;

const std::vector<Value>& EveryType() {
  static const std::vector<Value> kValues = {
      Int{-5}, 2.5, true, false, Str{"text"}, Str{""}, None{}, Bytes{"\xff\0x"s}, Bytes{""}};
  return kValues;
}

TEST(AssignElement, EveryTypeOntoEveryType) {
  for (const Value& from : EveryType()) {
    for (const Value& to : EveryType()) {
      const auto v2 = MakeList({Int{7}, from, Int{8}});
      for (ListBlock list : {v2, ToV1(v2)}) {
        auto io = list.io();
        ASSERT_TRUE(AssignElement(io, list.shape, 1, to));
        EXPECT_EQ(ReadElement(io, list.shape, 1).value(), to);
        EXPECT_EQ(ReadElement(io, list.shape, 0).value(), Value(Int{7}));
        EXPECT_EQ(ReadElement(io, list.shape, 2).value(), Value(Int{8}));
        EXPECT_EQ(RecogniseList(io, list.bytes.size(), false)->likeness, Likeness::kList);
        const bool was_text = TypeOf(from) == Type::kStr || TypeOf(from) == Type::kBytes;
        if (!was_text) {
          EXPECT_EQ(list.bytes, (v2.shape == list.shape ? MakeList({Int{7}, to, Int{8}})
                                                        : ToV1(MakeList({Int{7}, to, Int{8}})))
                                    .bytes);
        }
      }
    }
  }
}

TEST(AssignElement, NobodySeesAMixtureOfTypes) {
  for (const Value& from : EveryType()) {
    for (const Value& to : EveryType()) {
      auto list = MakeList({from});
      HookedIo io(list);
      io.after_write = [&] {
        const auto seen = ReadElement(list.io(), list.shape, 0);
        EXPECT_TRUE(!seen || *seen == from || *seen == to);
        EXPECT_NE(list.FormatOf(0), "");
        EXPECT_NE(RecogniseList(list.io(), list.bytes.size(), false)->likeness, Likeness::kBlock);
      };
      ASSERT_TRUE(AssignElement(io, list.shape, 0, to));
      // The format is one whole word. CPython reads it first: when it changed, the data had.
      const auto format =
          std::find(io.writes.begin(), io.writes.end(),
                    std::pair<std::uint64_t, std::size_t>(list.shape.formats_begin(), 8));
      const auto data = std::find_if(io.writes.begin(), io.writes.end(), [&](const auto& write) {
        return write.first == list.shape.data_begin();
      });
      EXPECT_LT(data, format);
      if (TypeOf(from) == TypeOf(to)) {
        EXPECT_EQ(io.writes.size(), 1U) << "format and code stay untouched";
      }
    }
  }
}

// Writes fail as if the block had a hole and there were no memory for it: of data, of formats or of
// codes.
TEST(AssignElement, AWriteThatFailsLeavesTheOldValue) {
  for (const Value& from : EveryType()) {
    for (const Value& to : EveryType()) {
      auto list = MakeList({Int{7}, from, Int{8}});
      const auto before = list.bytes;
      const std::uint64_t holes[] = {list.shape.data_begin(), list.shape.formats_begin(),
                                     list.shape.codes_begin(), list.shape.size()};
      for (std::size_t i = 0; i + 1 < std::size(holes); ++i) {
        HookedIo io(list);
        io.refuse_write = [&](std::uint64_t at) { return at >= holes[i] && at < holes[i + 1]; };
        const auto done = AssignElement(io, list.shape, 1, to);
        if (!done) {
          EXPECT_EQ(done.error().code, ENOSPC);
          EXPECT_EQ(list.bytes, before);
        }
        list.bytes = before;
      }
    }
  }
}

TEST(AssignElement, CapacityIsTheSlot) {
  auto list = MakeList({Str{"12345678"}, Int{0}});  // slots of 16 and 8 bytes
  auto io = list.io();
  for (const std::uint64_t index : {0, 1}) {
    const std::size_t slot = index == 0 ? 16 : 8;
    for (std::size_t length = 0; length <= slot; ++length) {
      const Value value = Bytes{std::string(length, 'x')};
      ASSERT_TRUE(AssignElement(io, list.shape, index, value));
      EXPECT_EQ(ReadElement(io, list.shape, index).value(), value);
    }
    const auto before = list.bytes;
    for (const std::size_t length : {slot + 1, slot + 8, std::size_t{1} << 20}) {
      const auto status = AssignElement(io, list.shape, index, Str{std::string(length, 'x')});
      ASSERT_FALSE(status);
      EXPECT_EQ(status.error().code, EFBIG);
      EXPECT_EQ(list.bytes, before) << "a refused value leaves the old one whole";
    }
  }
}

TEST(AssignElement, NumberInAWideSlotWritesEightBytes) {
  auto list = MakeList({Str{"a text of 20 letters"}});
  HookedIo io(list);
  ASSERT_TRUE(AssignElement(io, list.shape, 0, Int{5}));
  EXPECT_EQ(list.FormatOf(0), "q");
  EXPECT_EQ(io.writes[1], std::pair(list.shape.data_begin(), std::size_t{8}));
  ASSERT_TRUE(AssignElement(io, list.shape, 0, Str{"back"}));
  EXPECT_EQ(list.FormatOf(0), "24s");
  EXPECT_EQ(ReadElement(io, list.shape, 0).value(), Value(Str{"back"}));
}

TEST(AssignElement, KeepsAFormatThatHoldsTheValue) {
  const std::tuple<std::string, std::string, std::string> cases[] = {
      {"16s", "abc", "16s"}, {"5s", "abc", "5s"},  {"3s", "abc", "3s"},
      {"2s", "abc", "16s"},  {"0s", "abc", "16s"}, {"0s", "", "0s"},
      {"24s", "abc", "16s"}, {"", "abc", "16s"},   {"junk", "abc", "16s"},
  };
  for (const auto& [before, text, after] : cases) {
    auto list = MakeList({Str{"123456789"}, Int{77}});
    list.PutFormat(0, before);
    auto io = list.io();
    ASSERT_TRUE(AssignElement(io, list.shape, 0, Str{text}));
    EXPECT_EQ(list.FormatOf(0), after) << before;
    EXPECT_EQ(ReadElement(io, list.shape, 0).value(), Value(Str{text}));
    EXPECT_EQ(ReadElement(io, list.shape, 1).value(), Value(Int{77}));
  }
}

TEST(AssignElement, RepairsADamagedTagButNotOffsets) {
  for (const Value& value : EveryType()) {
    auto list = MakeList({Int{1}, Int{2}});
    list.PutFormat(0, "\7");
    list.Code(0) = std::byte{200};
    auto io = list.io();
    ASSERT_TRUE(AssignElement(io, list.shape, 0, value));
    EXPECT_EQ(ReadElement(io, list.shape, 0).value(), value);
    list.PutWord(16, 12);
    const auto before = list.bytes;
    EXPECT_EQ(AssignElement(io, list.shape, 0, value).error().code, EIO);
    EXPECT_EQ(list.bytes, before);
  }
}

TEST(AssignElement, TruncatedBlocksAreErrors) {
  const auto whole = MakeList({Int{1}, Str{"text"}});
  for (std::size_t size = 0; size < whole.bytes.size(); ++size) {
    auto list = whole;
    MemoryIo io(std::span(list.bytes).first(size));
    EXPECT_FALSE(AssignElement(io, list.shape, 1, 2.5)) << size;
  }
}

}  // namespace
}  // namespace shmount
