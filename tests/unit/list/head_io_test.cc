// SPDX-License-Identifier: Apache-2.0
#include "core/list/head_io.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/list/read.h"
#include "core/list/recognise.h"
#include "tests/support/list_blocks.h"

namespace shmount {
namespace {

using Int = std::int64_t;

/// Counts the reads of a block.
class CountingIo final : public BlockIo {
 public:
  explicit CountingIo(std::span<std::byte> bytes) : io_(bytes), size_(bytes.size()) {}
  std::uint64_t size() const { return size_; }
  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> into) const override {
    ++reads;
    return io_.ReadAt(offset, into);
  }
  Status WriteAt(std::uint64_t offset, std::span<const std::byte> from) override {
    return io_.WriteAt(offset, from);
  }
  mutable int reads = 0;

 private:
  MemoryIo io_;
  std::uint64_t size_;
};

TEST(HeadIo, GivesWhatTheBlockWouldGive) {
  for (const std::size_t size : {0, 1, 100, 4095, 4096, 4097, 5000}) {
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i) {
      bytes[i] = static_cast<std::byte>(i * 31);
    }
    const CountingIo block(bytes);
    const HeadIo head(block, block.size());
    for (const std::uint64_t offset : {0, 1, 99, 4000, 4095, 4096, 4097, 6000}) {
      for (const std::size_t length : {0, 1, 8, 96, 97, 4096, 5000}) {
        std::vector<std::byte> expected(length);
        std::vector<std::byte> given(length);
        const auto n = MemoryIo(bytes).ReadAt(offset, expected).value();
        EXPECT_EQ(head.ReadAt(offset, given).value(), n) << size << ' ' << offset << ' ' << length;
        EXPECT_EQ(given, expected) << size << ' ' << offset << ' ' << length;
      }
    }
  }
}

TEST(HeadIo, ReadsOnceUntilRefresh) {
  std::vector<std::byte> bytes(64);
  const CountingIo block(bytes);
  const HeadIo head(block, block.size());
  std::array<std::byte, 8> into{};
  EXPECT_EQ(head.ReadAt(0, into).value(), 8U);
  bytes[8] = std::byte{5};
  EXPECT_EQ(head.ReadAt(8, into).value(), 8U);
  EXPECT_EQ(into[0], std::byte{0}) << "as it was";
  EXPECT_EQ(block.reads, 1);
  head.Refresh();
  EXPECT_EQ(head.ReadAt(8, into).value(), 8U);
  EXPECT_EQ(into[0], std::byte{5});
  EXPECT_EQ(block.reads, 2);
}

TEST(HeadIo, AnElementOfAShortListTakesOneReadAPass) {
  auto list = MakeList(std::vector<Value>(100, Int{5}));
  ASSERT_LT(list.bytes.size(), 4096U);
  const CountingIo block(list.bytes);
  const HeadIo head(block, block.size());
  const auto seen = RecogniseList(head, list.bytes.size(), false);
  EXPECT_EQ(seen->likeness, Likeness::kList);
  EXPECT_EQ(ReadElementType(head, seen->shape, 50).value(), Type::kInt);
  EXPECT_EQ(block.reads, 1);
  EXPECT_EQ(ReadElement(head, seen->shape, 50).value(), Value(Int{5}));
  EXPECT_EQ(block.reads, 2) << "a value is believed when two passes agree";
}

TEST(HeadIo, APassThatDisagreesIsReadAnew) {
  auto list = MakeList({Int{1}});
  const CountingIo block(list.bytes);
  const HeadIo head(block, block.size());
  ASSERT_EQ(ReadElementType(head, list.shape, 0).value(), Type::kInt);
  list.PutWord(list.shape.data_begin(), 2);  // after the first pass was read
  EXPECT_EQ(ReadElement(head, list.shape, 0).value(), Value(Int{2}));
  EXPECT_EQ(block.reads, 3);
}

TEST(HeadIo, WhatMakesNoSenseIsReadAnew) {
  auto list = MakeList({Int{1}, Int{2}});
  list.PutFormat(0, "");
  const CountingIo block(list.bytes);
  const HeadIo head(block, block.size());
  EXPECT_EQ(RecogniseList(head, list.bytes.size(), false)->likeness, Likeness::kBeingWritten);
  EXPECT_EQ(block.reads, 4);
  list.PutFormat(0, "q");
  EXPECT_EQ(RecogniseList(HeadIo(block, block.size()), list.bytes.size(), false)->likeness,
            Likeness::kList);
}

TEST(HeadIo, IsForReading) {
  std::vector<std::byte> bytes(64);
  const MemoryIo block(bytes);
  HeadIo head(block, 64);
  EXPECT_EQ(head.WriteAt(0, bytes).error().code, EBADF);
}

}  // namespace
}  // namespace shmount
