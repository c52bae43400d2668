// SPDX-License-Identifier: Apache-2.0
#include "core/list/read.h"

#include <gtest/gtest.h>

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
  static const std::vector<Value> kValues = {
      Int{-5}, 2.5, true, false, Str{"text"}, Str{""}, None{}, Bytes{"\xff\0x"s}, Bytes{""}};
  return kValues;
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

// A Python that only assigns has assigned again after three of our reads.
TEST(ReadElement, AWriterThatDoesNotPauseIsRead) {
  auto list = MakeList({Int{0}});
  HookedIo io(list);
  io.after_read = [&](std::uint64_t) {
    list.PutWord(list.shape.data_begin(), io.reads / 3 % 2);
    list.PutFormat(0, io.reads % 3 == 0 ? "" : "q");
  };
  EXPECT_TRUE(ReadElement(io, list.shape, 0));
}

TEST(ReadElement, ATagThatMadeSenseBeforeIsNoDamage) {
  auto list = MakeList({Int{1}});
  HookedIo io(list);
  io.after_read = [&](std::uint64_t) {
    // Enough reads to detect damage, and as many as even a slow machine makes.
    const bool between_stores = io.reads >= 2 && io.reads < 10;
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

}  // namespace
}  // namespace shmount
