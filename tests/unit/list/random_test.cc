// SPDX-License-Identifier: Apache-2.0
// Checks that exactly those blocks are recognised that are lists.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/list/block_io.h"
#include "core/list/layout.h"
#include "core/list/read.h"
#include "core/list/recognise.h"
#include "tests/support/list_blocks.h"

namespace shmount {
namespace {

Recognition Recognise(const std::vector<std::byte>& bytes) {
  std::vector<std::byte> copy = bytes;
  return RecogniseList(MemoryIo(copy), copy.size(), false).value();
}

TEST(RecogniseList, MissesNoListThatWasBuilt) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 6000; ++i) {
    std::vector<Value> values(1 + random() % (i % 100 == 0 ? 500 : 12));
    std::generate(values.begin(), values.end(), [&] { return RandomValue(random); });
    const ListBlock v2 = MakeList(values);
    for (const ListBlock& list : {v2, ToV1(v2)}) {
      const auto found = Recognise(list.bytes);
      ASSERT_EQ(found.likeness, Likeness::kList);
      ASSERT_EQ(found.shape, list.shape);
    }
  }
}

/// Random bytes, and headers and offsets that fit the block's size before random or zero bytes.
std::vector<std::byte> Adversarial(std::mt19937_64& random) {
  const std::uint64_t count = 1 + random() % 9;
  const bool v2 = random() % 2 == 0;
  std::uint64_t sizes = 0;
  std::vector<std::uint64_t> words = {count};
  if (v2) {
    words.push_back(0);
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t slot = 8 * (1 + random() % 3);
    sizes += slot;
    words.push_back(v2 ? sizes : slot);
  }
  std::vector<std::byte> block(8 * words.size() + sizes + 9 * count);
  std::memcpy(block.data(), words.data(), 8 * words.size());
  const bool small = random() % 2 == 0;
  for (std::size_t i = 8 * words.size(); i < block.size(); ++i) {
    const auto byte = random();
    // Bytes that formats are made of, without q and d, each of which is a format alone.
    block[i] = std::byte(small ? static_cast<unsigned char>("\0\1\2x?8s1"[byte % 8]) : byte);
  }
  if (random() % 4 == 0) {
    std::fill(block.end() - static_cast<std::ptrdiff_t>(9 * count), block.end(), std::byte{0});
  }
  return block;
}

std::vector<std::byte> Random(std::mt19937_64& random) {
  std::vector<std::byte> block(random() % 400);
  std::generate(block.begin(), block.end(), [&] { return std::byte(random()); });
  return block;
}

std::vector<std::byte> SmallWords(std::mt19937_64& random) {
  std::vector<std::uint64_t> words(random() % 40);
  std::generate(words.begin(), words.end(), [&] { return random() % 3 == 0 ? random() % 200 : 0; });
  std::vector<std::byte> block(8 * words.size() + random() % 8);
  if (!words.empty()) {
    std::memcpy(block.data(), words.data(), 8 * words.size());
  }
  return block;
}

/// Whether CPython could attach the block and read its first and last element.
bool EndsAreReadable(std::vector<std::byte>& block, const ListShape& shape) {
  const MemoryIo io(block);
  return ReadElement(io, shape, 0).has_value() &&
         ReadElement(io, shape, shape.count - 1).has_value();
}

TEST(RecogniseList, TakesNoRandomBlockForAList) {
  std::mt19937_64 random(4);
  int lists = 0;
  int being_written = 0;
  for (int i = 0; i < 300000; ++i) {
    auto block = i % 3 == 0   ? Random(random)
                 : i % 3 == 1 ? SmallWords(random)
                              : Adversarial(random);
    const auto found = Recognise(block);
    being_written += found.likeness == Likeness::kBeingWritten ? 1 : 0;
    if (found.likeness == Likeness::kList) {
      ++lists;
      EXPECT_TRUE(EndsAreReadable(block, found.shape));
    }
  }
  EXPECT_EQ(lists, 0);
  EXPECT_GT(being_written, 0);
}

}  // namespace
}  // namespace shmount
