// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/open_lists.h"

#include <gtest/gtest.h>

namespace shmount {
namespace {

TEST(OpenLists, FindsAFileAsLongAsItIsOpen) {
  OpenLists lists;
  EXPECT_EQ(lists.Find(7), nullptr);
  auto first = std::make_shared<BlockFile>(UniqueFd());
  auto second = std::make_shared<BlockFile>(UniqueFd());
  lists.Add(7, first);
  lists.Add(7, second);
  EXPECT_EQ(lists.Find(8), nullptr);
  lists.Remove(7, first.get());
  EXPECT_EQ(first.use_count(), 1);
  EXPECT_EQ(lists.Find(7), second);
  lists.Remove(7, first.get());
  EXPECT_EQ(lists.Find(7), second);
  lists.Remove(7, second.get());
  EXPECT_EQ(lists.Find(7), nullptr);
  lists.Add(7, first);
  first.reset();
  EXPECT_EQ(lists.Find(7), nullptr);
}

}  // namespace
}  // namespace shmount
