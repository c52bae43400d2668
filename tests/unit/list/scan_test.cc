// SPDX-License-Identifier: Apache-2.0
#include "core/list/scan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>

#include "core/list/read.h"
#include "tests/support/list_blocks.h"

namespace shmount {
namespace {

using Int = std::int64_t;

struct Seen {
  std::vector<std::uint64_t> indices;
  std::vector<Result<Value>> values;
};

Seen Scan(const BlockIo& io, const ListShape& shape, std::uint64_t begin, std::uint64_t end) {
  Seen seen;
  const auto status =
      ScanElements(io, shape, begin, end, [&](std::uint64_t index, const Result<Value>& value) {
        seen.indices.push_back(index);
        seen.values.push_back(value);
        return true;
      });
  EXPECT_TRUE(status);
  return seen;
}

std::vector<ListBlock> BothLayouts(const std::vector<Value>& values) {
  const ListBlock list = MakeList(values);
  return {list, ToV1(list)};
}

std::vector<Value> ManyValues(std::size_t count, int seed) {
  std::mt19937_64 random(seed);
  std::vector<Value> values(count);
  std::generate(values.begin(), values.end(), [&] { return RandomValue(random); });
  return values;
}

void ExpectScanned(const Seen& seen, std::span<const Value> values, std::uint64_t begin) {
  ASSERT_EQ(seen.values.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(seen.indices[i], begin + i);
    ASSERT_TRUE(seen.values[i]) << i;
    EXPECT_EQ(*seen.values[i], values[i]) << i;
  }
}

TEST(ScanElements, VisitsAllInOrder) {
  for (const std::size_t count : {1, 2, 11, 8191, 8192, 8193, 30000}) {
    const auto values = ManyValues(count, 5);
    for (ListBlock& list : BothLayouts(values)) {
      ExpectScanned(Scan(list.io(), list.shape, 0, count), values, 0);
    }
  }
}

TEST(ScanElements, VisitsRanges) {
  const auto values = ManyValues(20000, 6);
  const std::pair<std::size_t, std::size_t> ranges[] = {
      {0, 0}, {0, 1}, {5, 5}, {7, 5}, {19999, 20000}, {8000, 18000}, {12345, 12347}};
  for (ListBlock& list : BothLayouts(values)) {
    for (const auto& [begin, end] : ranges) {
      const auto expected = std::span(values).subspan(begin, end > begin ? end - begin : 0);
      ExpectScanned(Scan(list.io(), list.shape, begin, end), expected, begin);
    }
    EXPECT_EQ(Scan(list.io(), list.shape, 19990, ~0ULL).values.size(), 10U);
    EXPECT_TRUE(Scan(list.io(), list.shape, 20000, 20001).values.empty());
    EXPECT_TRUE(Scan(list.io(), list.shape, ~0ULL, ~0ULL).values.empty());
  }
}

TEST(ScanElements, LargeValues) {
  std::vector<Value> values;
  for (const std::size_t size :
       {0, 100'000, 262'135, 262'136, 262'144, 262'152, 1'000'000, 3, 60'000}) {
    values.emplace_back(Bytes{std::string(size, static_cast<char>('a' + values.size()))});
  }
  for (ListBlock& list : BothLayouts(values)) {
    ExpectScanned(Scan(list.io(), list.shape, 0, values.size()), values, 0);
  }
}

TEST(ScanElements, StopsWhenToldTo) {
  auto list = MakeList(std::vector<Value>(100, Int{1}));
  int visits = 0;
  EXPECT_TRUE(
      ScanElements(list.io(), list.shape, 0, 100, [&](auto, const auto&) { return ++visits < 7; }));
  EXPECT_EQ(visits, 7);
}

TEST(ScanElements, VisitsDamageAsErrors) {
  auto list = MakeList(ManyValues(100, 7));
  const auto whole = list;
  list.PutFormat(10, "");
  list.Code(20) = std::byte{99};
  list.PutFormat(30, "9999999s");
  list.Code(30) = std::byte{1};
  list.PutWord(8UL * (1 + 41), 3);  // the end of 40 and the begin of 41
  const auto seen = Scan(list.io(), list.shape, 0, 100);
  ASSERT_EQ(seen.values.size(), 100U);
  for (std::uint64_t i = 0; i < 100; ++i) {
    const auto alone = ReadElement(list.io(), list.shape, i);
    ASSERT_EQ(seen.values[i].has_value(), alone.has_value()) << i;
    if (alone) {
      EXPECT_EQ(*seen.values[i], *alone);
    } else {
      EXPECT_EQ(seen.values[i].error().code, EIO);
    }
    EXPECT_EQ(alone.has_value(), i != 10 && i != 20 && i != 30 && i != 40 && i != 41) << i;
  }
}

TEST(ScanElements, PastADamagedV1SizeNothingIsKnown) {
  auto list = ToV1(MakeList(std::vector<Value>(50, Int{9})));
  list.PutWord(8UL * (1 + 20), 7);
  const auto seen = Scan(list.io(), list.shape, 10, 50);
  ASSERT_EQ(seen.values.size(), 40U);
  for (std::uint64_t i = 0; i < 40; ++i) {
    EXPECT_EQ(seen.values[i].has_value(), i < 10);
  }
  EXPECT_FALSE(Scan(list.io(), list.shape, 30, 31).values[0]);
}

TEST(ScanElements, ReadsAnewWhatChangesMeanwhile) {
  auto list = MakeList(std::vector<Value>(1000, Int{1}));
  HookedIo io(list);
  int changes = 0;
  io.after_read = [&](std::uint64_t offset) {
    if (offset == list.shape.data_begin() && ++changes == 1) {
      list.PutWord(list.shape.data_begin() + 8UL * 500, 2);
    }
  };
  const auto seen = Scan(io, list.shape, 0, 1000);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(seen.values[i].value(), Value(Int{i == 500 ? 2 : 1}));
  }
}

TEST(ScanElements, ManyThatChangeAllTheTimeHoldNobodyUpForLong) {
  auto list = MakeList(std::vector<Value>(200, Int{1}));
  HookedIo io(list);
  io.after_read = [&](std::uint64_t) {
    std::this_thread::sleep_for(std::chrono::microseconds(100));
    for (std::uint64_t i = 0; i < list.shape.count; ++i) {
      list.PutFormat(i, io.reads % 2 == 0 ? "no" : "none");
    }
  };
  const auto seen = Scan(io, list.shape, 0, list.shape.count);
  EXPECT_EQ(seen.values.size(), list.shape.count);
  EXPECT_FALSE(seen.values.back());
  EXPECT_LT(io.reads, 4000) << "by the time for all, not for each";
}

TEST(ScanElements, LeavesLongElementsToTheVisitor) {
  auto list = MakeList({Int{1}, Str{std::string(1000, 'x')}, Int{2}, Bytes{"y"}});
  std::vector<int> codes;
  EXPECT_TRUE(ScanElements(list.io(), list.shape, 0, 4,
                           [&](auto, const auto& value) {
                             codes.push_back(value ? 0 : value.error().code);
                             return true;
                           },
                           {.longest = 100}));
  EXPECT_EQ(codes, (std::vector<int>{0, EFBIG, 0, 0}));
}

TEST(ScanElements, TruncatedBlocksAreErrors) {
  const auto whole = MakeList({Int{1}, Str{"text"}});
  for (std::size_t size = 0; size < whole.bytes.size(); ++size) {
    auto list = whole;
    const MemoryIo io(std::span(list.bytes).first(size));
    EXPECT_FALSE(ScanElements(io, list.shape, 0, 2, [](auto, const auto&) { return true; }))
        << size;
  }
}

TEST(ScanElements, EverySingleByteFlipIsSurvived) {
  const auto v2 = MakeList({Int{1}, Str{"text"}, None{}, Bytes{"0123456789"}, true});
  for (const ListBlock& whole : {v2, ToV1(v2)}) {
    for (std::size_t at = 0; at < whole.bytes.size(); ++at) {
      for (int byte = 0; byte < 256; byte += 7) {
        auto list = whole;
        list.bytes[at] = std::byte(byte);
        const auto seen = Scan(list.io(), list.shape, 0, 5);
        for (std::uint64_t i = 0; i < 5; ++i) {
          const auto alone = ReadElement(list.io(), list.shape, i);
          ASSERT_EQ(seen.values[i].has_value(), alone.has_value());
        }
      }
    }
  }
}

TEST(ScanTypes, NeedsNoDataNorOffsets) {
  const auto values = ManyValues(20000, 8);
  for (ListBlock& list : BothLayouts(values)) {
    std::fill(list.bytes.begin(),
              list.bytes.begin() + static_cast<std::ptrdiff_t>(list.shape.formats_begin()),
              std::byte{0xFF});
    list.PutFormat(300, "bad");
    std::uint64_t next = 100;
    EXPECT_TRUE(ScanTypes(list.io(), list.shape, 100, 20000, [&](auto index, const auto& type) {
      EXPECT_EQ(index, next);
      EXPECT_EQ(type.has_value(), index != 300);
      EXPECT_TRUE(!type || *type == TypeOf(values[index]));
      ++next;
      return true;
    }));
    EXPECT_EQ(next, 20000U);
  }
}

TEST(ScanTypes, StopsWhenToldTo) {
  auto list = MakeList({Int{1}, Int{2}, Int{3}});
  int visits = 0;
  EXPECT_TRUE(
      ScanTypes(list.io(), list.shape, 0, 3, [&](auto, const auto&) { return ++visits < 2; }));
  EXPECT_EQ(visits, 2);
}

TEST(AppendFormats, IsPythonsFormat) {
  auto list = MakeList({Str{"howdy"}, -273.154, Int{100}, None{}, true, Bytes{"0123456789"}});
  std::string out = ">";
  EXPECT_TRUE(AppendFormats(list.io(), list.shape, 0, 6, out));
  EXPECT_EQ(out, ">8sdqxxxxxx?xxxxxxxx?16s");
  EXPECT_TRUE(AppendFormats(list.io(), list.shape, 1, 3, out));
  EXPECT_EQ(out, ">8sdqxxxxxx?xxxxxxxx?16sdq");

  auto many = MakeList(std::vector<Value>(20000, Int{1}));
  out.clear();
  EXPECT_TRUE(AppendFormats(many.io(), many.shape, 0, ~0ULL, out));
  EXPECT_EQ(out, std::string(20000, 'q'));
}

}  // namespace
}  // namespace shmount
