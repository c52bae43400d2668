// SPDX-License-Identifier: Apache-2.0
#include "core/list/block_io.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace shmount {
namespace {

TEST(MemoryIo, StaysWithinItsBytes) {
  std::vector<std::byte> bytes(16, std::byte{7});
  MemoryIo io(bytes);
  std::vector<std::byte> into(8);
  for (const auto& [offset, expected] : std::vector<std::pair<std::uint64_t, std::size_t>>{
           {0, 8}, {8, 8}, {9, 7}, {15, 1}, {16, 0}, {17, 0}, {~0ULL, 0}}) {
    EXPECT_EQ(io.ReadAt(offset, into).value(), expected) << offset;
  }
  EXPECT_TRUE(io.WriteAt(8, into));
  EXPECT_TRUE(io.WriteAt(16, {}));
  for (const std::uint64_t offset : {9ULL, 16ULL, 17ULL, ~0ULL, ~0ULL - 7}) {
    const auto status = io.WriteAt(offset, into);
    ASSERT_FALSE(status) << offset;
    EXPECT_EQ(status.error().code, EFBIG);
  }
}

TEST(BlockIo, ReadsExactlyOrFails) {
  std::array<std::byte, 16> bytes = {std::byte{1}};
  const MemoryIo io(bytes);
  std::vector<std::uint64_t> words;
  ASSERT_TRUE(ReadMany(io, 0, 2, words));
  EXPECT_EQ(words, (std::vector<std::uint64_t>{1, 0}));
  EXPECT_EQ(ReadMany(io, 8, 2, words).error().code, EIO);
  EXPECT_EQ(ReadMany(io, 16, 1, words).error().code, EIO);
  EXPECT_TRUE(ReadMany(io, 16, 0, words));
}

}  // namespace
}  // namespace shmount
