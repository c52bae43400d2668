// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/open_blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shmount {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(OpenBlocks, ShareTheFirstFileUntilTheLastIsRemoved) {
  OpenBlocks blocks;
  const auto first = std::make_shared<BlockFile>(UniqueFd());
  const auto second = std::make_shared<BlockFile>(UniqueFd());
  EXPECT_EQ(blocks.Find(7), nullptr);
  blocks.Add(7, first);
  blocks.Add(7, second);
  EXPECT_EQ(blocks.Find(7), first);
  blocks.Remove(7);
  EXPECT_EQ(blocks.Find(7), first);
  blocks.Remove(7);
  EXPECT_EQ(blocks.Find(7), nullptr);
  EXPECT_EQ(first.use_count(), 1);
  blocks.Remove(7);
}

TEST(OpenBlocks, HaveNumbers) {
  OpenBlocks blocks;
  EXPECT_THAT(blocks.Numbers(), IsEmpty());
  const auto file = std::make_shared<BlockFile>(UniqueFd());
  blocks.Add(7, file);
  blocks.Add(7, file);
  blocks.Add(8, file);
  EXPECT_THAT(blocks.Numbers(), UnorderedElementsAre(7, 8));
}

}  // namespace
}  // namespace shmount
