// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/node_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace shmount {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(NodeTable, IsForgottenWithTheLastLookup) {
  NodeTable table;
  EXPECT_FALSE(table.Find(7));
  table.Remember({7, 0, "a"}, {});
  table.Remember({7, 0, "a"}, {});
  table.Forget(7, 1);
  ASSERT_TRUE(table.Find(7));
  table.Forget(7, 1);
  EXPECT_FALSE(table.Find(7));
  EXPECT_EQ(table.size(), 0U);
  table.Forget(7, 1);  // the kernel's count after a restart may be of another table
  table.Remember({7, 0, "a"}, {});
  table.Forget(7, 100);
  EXPECT_EQ(table.size(), 0U);
}

TEST(NodeTable, ALaterLookupTellsTheNewerPlace) {
  NodeTable table;
  table.Remember({7, 0, "a"}, {.is_list = false, .size = 1});
  table.Remember({7, 3, "b"}, {.is_list = true, .size = 2});
  EXPECT_EQ(table.Find(7)->name, "b");
  EXPECT_EQ(table.Find(7)->parent, 3U);
  EXPECT_EQ(table.FindCached(7), (Cached{.is_list = true, .size = 2}));
  EXPECT_EQ(table.size(), 1U);
}

TEST(NodeTable, MoveAndTellChangeOnlyWhatIsKnown) {
  NodeTable table;
  table.Move(7, 0, "b");
  table.SetCachedSize(7, 3);
  table.BecomeList(7, 8);
  EXPECT_EQ(table.size(), 0U);
  EXPECT_FALSE(table.FindCached(7));

  table.Remember({7, 3, "a"}, {});
  table.Move(7, 0, "b");
  table.SetCachedSize(7, 3);
  EXPECT_EQ(table.Find(7)->name, "b");
  EXPECT_EQ(table.Find(7)->parent, 0U);
  EXPECT_EQ(table.FindCached(7), (Cached{.is_list = false, .size = 3}));
}

TEST(NodeTable, ASealedDraftsNodeIsFoundAsItsBlock) {
  NodeTable table;
  table.Remember({7, 0, "n"}, {});
  table.BecomeList(7, 20);
  EXPECT_EQ(table.Find(7)->ino, 20U);
  EXPECT_EQ(table.Find(7)->name, "n");
  EXPECT_TRUE(table.FindCached(7)->is_list);
  EXPECT_FALSE(table.Find(20));
  table.Forget(7, 1);
  EXPECT_EQ(table.size(), 0U);
}

TEST(NodeTable, OpensShareTheFirstFileUntilTheLastRelease) {
  NodeTable table;
  const auto first = std::make_shared<BlockFile>(UniqueFd());
  const auto second = std::make_shared<BlockFile>(UniqueFd());
  EXPECT_EQ(table.OpenFile(7), nullptr);
  table.Opened(7, first);
  table.Opened(7, second);
  EXPECT_EQ(table.OpenFile(7), first);
  table.Released(7);
  EXPECT_EQ(table.OpenFile(7), first);
  table.Released(7);
  EXPECT_EQ(table.OpenFile(7), nullptr);
  EXPECT_EQ(first.use_count(), 1);
  table.Released(7);
}

TEST(NodeTable, OpenByNameMeansTheNamesOfOneDirectory) {
  NodeTable table;
  const auto file = std::make_shared<BlockFile>(UniqueFd());
  table.Remember({7, 0, "a"}, {});
  table.Remember({8, 3, "a"}, {});  // in a draft
  table.Remember({9, 0, "a"}, {});  // not open
  table.Opened(7, file);
  table.Opened(8, file);
  EXPECT_THAT(table.OpenBy(0, "a"), ElementsAre(7));
  EXPECT_THAT(table.OpenBy(0, "b"), IsEmpty());
  table.Move(7, 0, "b");
  EXPECT_THAT(table.OpenBy(0, "b"), ElementsAre(7));
}

TEST(NodeTable, ThreadsLoseNoLookup) {
  NodeTable table;
  constexpr int kEach = 2000;
  const auto look = [&] {
    for (int i = 0; i < kEach; ++i) {
      table.Remember({7, 0, "a"}, {});
      (void)table.Locations();
    }
  };
  {
    const std::jthread other(look);
    look();
  }
  table.Forget(7, 2 * kEach - 1);
  EXPECT_EQ(table.size(), 1U);
  table.Forget(7, 1);
  EXPECT_EQ(table.size(), 0U);
}

}  // namespace
}  // namespace shmount
