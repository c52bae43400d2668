// SPDX-License-Identifier: Apache-2.0
#include "core/list/recognise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "tests/support/list_blocks.h"

namespace shmount {
namespace {

using Int = std::int64_t;

Recognition Recognise(std::vector<std::byte>& bytes, bool has_list_xattr = false) {
  return RecogniseList(MemoryIo(bytes), bytes.size(), has_list_xattr).value();
}

std::vector<ListBlock> BothLayouts(const std::vector<Value>& values) {
  const ListBlock list = MakeList(values);
  return {list, ToV1(list)};
}

TEST(RecogniseList, FindsBothLayouts) {
  for (ListBlock& list : BothLayouts({Int{1}, Str{"a longer text"}, None{}, true, 2.5})) {
    const auto found = Recognise(list.bytes);
    EXPECT_EQ(found.likeness, Likeness::kList);
    EXPECT_EQ(found.shape, list.shape);
    EXPECT_EQ(found.shape.size(), list.bytes.size());
  }
}

TEST(RecogniseList, EmptyOnesOnlyWithTheXattr) {
  for (const std::size_t size : {0, 1, 7, 8, 9, 15, 16, 17, 24, 32}) {
    std::vector<std::byte> zeros(size);
    EXPECT_EQ(Recognise(zeros).likeness, Likeness::kBlock);
    const auto with_xattr = Recognise(zeros, true);
    EXPECT_EQ(with_xattr.likeness, size == 8 || size == 16 ? Likeness::kList : Likeness::kBlock)
        << size;
    EXPECT_EQ(with_xattr.shape.size(), with_xattr.likeness == Likeness::kList ? size : 16);
    if (size >= 8) {
      zeros[size == 8 ? 0 : 8] = std::byte{1};
      EXPECT_EQ(Recognise(zeros, true).likeness, Likeness::kBlock);
    }
  }
}

TEST(RecogniseList, XattrDoesNotHideAList) {
  auto list = MakeList({Int{1}});
  EXPECT_EQ(Recognise(list.bytes, true).likeness, Likeness::kList);
}

TEST(RecogniseList, SizeMustBeExact) {
  for (const ListBlock& list : BothLayouts({Int{1}, Int{2}})) {
    for (const std::size_t size : {list.bytes.size() - 1, list.bytes.size() + 1,
                                   list.bytes.size() + 8, list.bytes.size() + 4096}) {
      auto bytes = list.bytes;
      bytes.resize(size);
      EXPECT_EQ(Recognise(bytes).likeness, Likeness::kBlock) << size;
    }
  }
}

TEST(RecogniseList, ShortReadsAreErrors) {
  auto list = MakeList({Int{1}, Str{"text"}});
  for (std::size_t size = 0; size < list.bytes.size(); ++size) {
    const MemoryIo io(std::span(list.bytes).first(size));
    const auto found = RecogniseList(io, list.bytes.size(), false);
    ASSERT_FALSE(found) << size;
    EXPECT_EQ(found.error().code, EIO);
  }
}

TEST(RecogniseList, BadCounts) {
  for (ListBlock& list : BothLayouts({Int{1}, Int{2}, Int{3}})) {
    const std::uint64_t counts[] = {0, 1, 2, 4, 5, 1000, std::uint64_t{1} << 32,
                                    (std::uint64_t{1} << 61) + 3, std::uint64_t{1} << 63, ~0ULL,
                                    // 17 N or 25 N wraps around to what fits
                                    0xF0F0F0F0F0F0F0F3, 0x8F5C28F5C28F5C2B};
    for (const std::uint64_t count : counts) {
      list.PutWord(0, count);
      EXPECT_EQ(Recognise(list.bytes).likeness, Likeness::kBlock) << count;
    }
  }
}

TEST(RecogniseList, RejectsMostBlocksByOneRead) {
  std::mt19937_64 random(2);
  ListBlock block{std::vector<std::byte>(4096), {}};
  for (int i = 0; i < 1000; ++i) {
    std::generate(block.bytes.begin(), block.bytes.end(), [&] { return std::byte(random()); });
    const HookedIo io(block);
    EXPECT_EQ(RecogniseList(io, 4096, false)->likeness, Likeness::kBlock);
    EXPECT_EQ(io.reads, 1);
  }
}

TEST(RecogniseList, TakesFewReadsHoweverLongTheList) {
  for (ListBlock& list : BothLayouts(std::vector<Value>(100000, Int{1}))) {
    const HookedIo io(list);
    EXPECT_EQ(RecogniseList(io, list.bytes.size(), false)->likeness, Likeness::kList);
    EXPECT_LE(io.reads, 7);
  }
}

TEST(RecogniseList, JudgesFormatsAndCodes) {
  struct Case {
    std::string format;
    int code;
    Likeness expected;
  };
  using enum Likeness;
  const Case cases[] = {
      {"q", 0, kList},
      {"d", 0, kList},
      {"xxxxxxx?", 0, kList},
      {"xxxxxx?x", 3, kList},
      {"8s", 1, kList},
      {"8s", 2, kList},
      {"0s", 1, kList},
      {"3s", 2, kList},
      {"", 0, kBeingWritten},
      {"", 3, kBeingWritten},
      {"q", 1, kBeingWritten},
      {"8s", 0, kBeingWritten},
      {"8s", 3, kBeingWritten},
      {"xxxxxx?x", 0, kBeingWritten},
      {"9s", 1, kBeingWritten},
      {"16s", 1, kBeingWritten},
      {"08s", 1, kBeingWritten},
      {"s", 1, kBeingWritten},
      {"8", 1, kBeingWritten},
      {"8s8", 1, kBeingWritten},
      {"-8s", 1, kBeingWritten},
      {"88888888", 1, kBeingWritten},
      {"9999999s", 1, kBeingWritten},
      {"i", 0, kBeingWritten},
      {"Q", 0, kBeingWritten},
      {"q ", 0, kBeingWritten},
      {"q", 4, kBeingWritten},
      {"q", 255, kBeingWritten},
      {"xxxxxxxx", 0, kBeingWritten},
      {std::string("q\0q", 3), 0, kBeingWritten},
      {std::string("\0q", 2), 0, kBeingWritten},
  };
  for (const ListBlock& list : BothLayouts({Int{1}, Int{2}, Int{3}})) {
    for (const Case& c : cases) {
      for (const std::uint64_t index : {0, 2}) {
        ListBlock changed = list;
        changed.PutFormat(index, c.format);
        changed.Code(index) = std::byte(c.code);
        EXPECT_EQ(Recognise(changed.bytes).likeness, c.expected) << c.format << " " << c.code;
      }
    }
  }
}

// A writer that keeps changing types: each read met a format with another type's code, or a format
// of which half the bytes were stored. The writer can be stopped there for any time.
TEST(RecogniseList, AFormatThatIsHalfStoredIsNoBlock) {
  auto list = MakeList({Int{1}});
  HookedIo io(list);
  int looks = 0;
  list.Code(0) = std::byte{1};
  io.after_read = [&](std::uint64_t offset) {
    if (offset == list.shape.codes_begin() && ++looks >= 4) {
      list.PutFormat(0, std::string("\0"
                                    "8s",
                                    3));
    }
  };
  EXPECT_EQ(RecogniseList(io, list.bytes.size(), false)->likeness, Likeness::kBeingWritten);
}

TEST(RecogniseList, OneThatPythonIsMakingIsBeingWritten) {
  for (const ListBlock& list : BothLayouts({Str{"one"}, Int{2}, Str{"three"}})) {
    // The constructor fills the block from front to end: everything that is cut off here is still
    // zero.
    for (std::size_t done = 0; done <= list.bytes.size(); ++done) {
      auto bytes = list.bytes;
      std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(done), bytes.end(), std::byte{0});
      const auto found = Recognise(bytes);
      const bool text_only = done > list.shape.formats_begin() && done < list.shape.codes_begin();
      if (done < list.shape.data_begin() - 8) {
        EXPECT_EQ(found.likeness, Likeness::kBlock) << done;
      } else if (done >= list.shape.data_begin() && !text_only && done < list.bytes.size()) {
        EXPECT_EQ(found.likeness, Likeness::kBeingWritten) << done;
        EXPECT_EQ(found.shape, list.shape);
      }
    }
    auto whole = list.bytes;
    EXPECT_EQ(Recognise(whole).likeness, Likeness::kList);
  }
}

TEST(RecogniseList, ToleratesAFormatThatIsGoneForAnInstant) {
  auto list = MakeList({Int{1}, Int{2}});
  HookedIo io(list);
  list.PutFormat(0, "");
  io.after_read = [&](std::uint64_t offset) {
    if (offset == list.shape.formats_begin()) {
      list.PutFormat(0, "q");
    }
  };
  EXPECT_EQ(RecogniseList(io, list.bytes.size(), false)->likeness, Likeness::kList);
}

}  // namespace
}  // namespace shmount
