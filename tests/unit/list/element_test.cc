// SPDX-License-Identifier: Apache-2.0
#include "core/list/element.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>

#include "tests/support/list_blocks.h"

namespace shmount {
namespace {

using namespace std::string_literals;
using Int = std::int64_t;

const std::vector<Value>& EveryType() {
  static const std::vector<Value> values = {
      Int{-5}, 2.5, true, false, Str{"text"}, Str{""}, None{}, Bytes{"\xff\0x"s}, Bytes{""}};
  return values;
}

int ErrorOf(const Result<Value>& value) { return value ? 0 : value.error().code; }

TEST(ReadElement, EveryTypeInBothLayouts) {
  const auto v2 = MakeList(EveryType());
  for (ListBlock list : {v2, ToV1(v2)}) {
    for (std::size_t i = 0; i < EveryType().size(); ++i) {
      EXPECT_EQ(ReadElement(list.io(), list.shape, i).value(), EveryType()[i]);
      EXPECT_EQ(ReadElementType(list.io(), list.shape, i).value(), TypeOf(EveryType()[i]));
    }
    EXPECT_FALSE(ReadElement(list.io(), list.shape, EveryType().size()));
    EXPECT_FALSE(ReadElementType(list.io(), list.shape, ~0ULL));
  }
}

TEST(ReadElement, TakesNBytesAndStripsNuls) {
  auto list = MakeList({Bytes{"abc\0de\0\0"s}});
  EXPECT_EQ(ReadElement(list.io(), list.shape, 0).value(), Value(Bytes{"abc\0de"s}));
  list.PutFormat(0, "4s");
  EXPECT_EQ(ReadElement(list.io(), list.shape, 0).value(), Value(Bytes{"abc"}));
  list.PutFormat(0, "0s");
  EXPECT_EQ(ReadElement(list.io(), list.shape, 0).value(), Value(Bytes{}));
}

TEST(ReadElement, PadOfABoolIsIgnored) {
  auto list = MakeList({true});
  for (int i = 0; i < 7; ++i) {
    list.bytes[list.shape.data_begin() + i] = std::byte{0xFF};
  }
  EXPECT_EQ(ReadElement(list.io(), list.shape, 0).value(), Value(true));
  list.bytes[list.shape.data_begin() + 7] = std::byte{0};
  EXPECT_EQ(ReadElement(list.io(), list.shape, 0).value(), Value(false));
}

TEST(ReadElement, DamageIsAnErrorAndOthersGoOn) {
  struct Case {
    std::string format;
    int code;
  };
  const Case cases[] = {{"", 0},   {"", 1},   {"q", 1},        {"q", 3},    {"8s", 0},
                        {"8s", 3}, {"9s", 1}, {"9999999s", 1}, {"\7", 0},   {"xxxxxx?x", 0},
                        {"99", 1}, {"i", 0},  {"8s", 4},       {"8s", 255}, {"d", 2}};
  for (const Case& c : cases) {
    auto list = MakeList({Int{1}, Int{2}, Str{"x"}});
    list.PutFormat(1, c.format);
    list.Code(1) = std::byte(c.code);
    const HookedIo io(list);
    EXPECT_EQ(ErrorOf(ReadElement(io, list.shape, 1)), EIO) << c.format;
    EXPECT_LE(io.reads, 9) << "damage has to be cheap";
    EXPECT_EQ(ReadElement(io, list.shape, 0).value(), Value(Int{1}));
    EXPECT_EQ(ReadElement(io, list.shape, 2).value(), Value(Str{"x"}));
    const bool too_long = c.format.starts_with("99") && c.format.ends_with("s");
    if (!too_long && c.format != "9s") {
      EXPECT_EQ(ReadElementType(io, list.shape, 1).error().code, EIO);
    }
  }
}

TEST(ReadElement, TruncatedBlocksAreErrors) {
  auto list = MakeList({Int{1}, Str{"text"}});
  for (std::size_t size = 0; size < list.bytes.size(); ++size) {
    const MemoryIo io(std::span(list.bytes).first(size));
    EXPECT_EQ(ErrorOf(ReadElement(io, list.shape, 1)), EIO) << size;
  }
}

TEST(ReadElement, WaitsForAWriterBetweenItsStores) {
  auto list = MakeList({Int{1}});
  HookedIo io(list);
  list.PutFormat(0, "");
  io.after_read = [&](std::uint64_t offset) {
    if (offset == list.shape.data_begin()) {
      list.PutFormat(0, "q");
    }
  };
  EXPECT_EQ(ReadElement(io, list.shape, 0).value(), Value(Int{1}));
}

TEST(ReadElement, RepeatsUntilTwoReadsAgree) {
  auto list = MakeList({Int{1}});
  HookedIo io(list);
  int changes = 0;
  io.after_read = [&](std::uint64_t offset) {
    if (offset == list.shape.data_begin() && ++changes < 10) {
      list.PutWord(offset, 100 + changes);
    }
  };
  EXPECT_EQ(ReadElement(io, list.shape, 0).value(), Value(Int{109}));

  io.after_read = [&](std::uint64_t offset) {
    if (offset == list.shape.data_begin()) {
      list.PutWord(offset, ++changes);
    }
  };
  EXPECT_EQ(ErrorOf(ReadElement(io, list.shape, 0)), EIO) << "in the end it gives up";
}

// A Python that does nothing but assign has done so again after three reads of ours.
TEST(ReadElement, AWriterThatDoesNotPauseIsRead) {
  auto list = MakeList({Int{0}});
  HookedIo io(list);
  io.after_read = [&](std::uint64_t) {
    list.PutWord(list.shape.data_begin(), io.reads / 3 % 2);
    list.PutFormat(0, io.reads % 3 == 0 ? "" : "q");
  };
  EXPECT_TRUE(ReadElement(io, list.shape, 0));
}

TEST(ReadElement, MarksThatMadeSenseBeforeAreNoDamage) {
  auto list = MakeList({Int{1}});
  HookedIo io(list);
  io.after_read = [&](std::uint64_t) {
    const bool between_stores = io.reads >= 2 && io.reads < 20;
    list.PutFormat(0, io.reads < 2 ? "q" : between_stores ? "" : "d");
  };
  EXPECT_EQ(TypeOf(ReadElement(io, list.shape, 0).value()), Type::kFloat);
}

TEST(ReadElement, WhatChangesAllTheTimeHoldsNobodyUpForLong) {
  auto list = MakeList({Int{1}});
  HookedIo io(list);
  io.after_read = [&](std::uint64_t) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    list.PutWord(list.shape.data_begin(), io.reads);
  };
  EXPECT_EQ(ErrorOf(ReadElement(io, list.shape, 0)), EIO);
  EXPECT_LT(io.reads, 100) << "by time, not only by number";
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

// As where a block has a hole and there is no memory for it: of data, of formats or of codes.
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

TEST(AssignElement, RepairsDamagedMarksButNotOffsets) {
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
