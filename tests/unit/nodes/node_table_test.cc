// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/node_table.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <thread>

#include "core/backing/node_id.h"

namespace shmount {
namespace {

struct stat Attributes(off_t size, std::int64_t changed) {
  struct stat st = {};
  st.st_size = size;
  st.st_ctim.tv_sec = changed;
  return st;
}

TEST(NodeTable, IsForgottenWithTheLastLookup) {
  NodeTable table;
  EXPECT_FALSE(table.Find(7));
  table.Remember({7}, {7, 0, "a"}, {});
  table.Remember({7}, {7, 0, "a"}, {});
  table.Forget(7, 1);
  ASSERT_TRUE(table.Find(7));
  table.Forget(7, 1);
  EXPECT_FALSE(table.Find(7));
  EXPECT_EQ(table.size(), 0U);
  table.Forget(7, 1);  // the kernel's count after a restart may be of another table
  table.Remember({7}, {7, 0, "a"}, {});
  table.Forget(7, 100);
  EXPECT_EQ(table.size(), 0U);
}

TEST(NodeTable, ALaterLookupTellsTheNewerPlace) {
  NodeTable table;
  table.Remember({7}, {7, 0, "a"}, {.is_list = false, .size = 1});
  table.Remember({7}, {7, 3, "b"}, {.is_list = true, .size = 2});
  EXPECT_EQ(table.Find(7)->name, "b");
  EXPECT_EQ(table.Find(7)->parent, 3U);
  EXPECT_EQ(table.FindCached(7), (Cached{.is_list = true, .size = 2}));
  EXPECT_EQ(table.size(), 1U);
}

TEST(NodeTable, MoveAndTellChangeOnlyWhatIsKnown) {
  NodeTable table;
  table.Move(7, 0, "b");
  table.SetAttributes(7, Attributes(3, 1));
  table.Become(7, {8}, true);
  EXPECT_EQ(table.size(), 0U);
  EXPECT_FALSE(table.FindCached(7));

  table.Remember({7}, {7, 3, "a"}, {});
  table.Move(7, 0, "b");
  table.SetAttributes(7, Attributes(3, 1));
  EXPECT_EQ(table.Find(7)->name, "b");
  EXPECT_EQ(table.Find(7)->parent, 0U);
  EXPECT_EQ(table.FindCached(7), (Cached{.is_list = false, .size = 3}));
}

TEST(NodeTable, AttributesAreForgottenOnceWhereTheyAreOld) {
  NodeTable table;
  int times = 0;
  const auto forgotten = [&](const struct stat& now, bool fine = true) {
    times = 0;
    table.ForgetAttributes(7, now, fine, [&] { ++times; });
    return times;
  };
  EXPECT_EQ(forgotten(Attributes(1, 1)), 0) << "unknown";
  table.Remember({7}, {7, 0, "a"}, {});
  EXPECT_EQ(forgotten(Attributes(1, 1)), 0) << "none are cached";
  table.SetAttributes(7, Attributes(3, 5));
  EXPECT_EQ(forgotten(Attributes(3, 5)), 0);
  EXPECT_EQ(forgotten(Attributes(2, 4)), 0) << "an event that comes late";
  EXPECT_EQ(forgotten(Attributes(4, 6)), 1);
  EXPECT_EQ(forgotten(Attributes(5, 7)), 0) << "until the kernel is told others";
  table.SetAttributes(7, Attributes(3, 5));
  EXPECT_EQ(forgotten(Attributes(3, 5), false), 1) << "the times are too coarse to tell";
}

TEST(NodeTable, ASealedDraftsNodeIsFoundAsItsBlock) {
  NodeTable table;
  table.Remember({7}, {7, 0, "n"}, {});
  table.Become(7, {20}, true);
  EXPECT_EQ(table.Find(7)->ino, 20U);
  EXPECT_EQ(table.Find(7)->name, "n");
  EXPECT_TRUE(table.FindCached(7)->is_list);
  EXPECT_EQ(table.Find(20), table.Find(7));
  EXPECT_FALSE(table.FindCached(20)) << "the kernel does not know it by this number";
  table.Forget(7, 1);
  EXPECT_EQ(table.size(), 0U);
  EXPECT_FALSE(table.Find(20));
}

TEST(NodeTable, EveryNodeOfAThawedListIsFoundAsItsDraft) {
  NodeTable table;
  table.Remember({7}, {7, 0, "n"}, {});
  table.Become(7, {20}, true);
  table.Remember({20}, {20, 0, "n"}, {.is_list = true, .size = 1});
  table.Become(20, {30}, false);
  for (const std::uint64_t known : {7, 20, 30}) {
    EXPECT_EQ(table.Find(known), (Location{30, 0, "n"})) << known;
  }
  table.Move(30, 0, "m");
  EXPECT_EQ(table.Find(7)->name, "m");
  table.Forget(20, 1);
  EXPECT_EQ(table.Find(30)->name, "m") << "by the node that is left";
  table.Forget(7, 1);
  EXPECT_FALSE(table.Find(30));
}

TEST(NodeTable, NoTwoFilesHaveOneNumber) {
  NodeTable table;
  const FileKey first{.ino = 7, .device = 1, .birth = 1};
  const FileKey second{.ino = 7, .device = 2, .birth = 1};
  EXPECT_EQ(table.NumberOf(first), 7U);
  EXPECT_EQ(table.NumberOf(second), 7U) << "none is known";
  EXPECT_EQ(table.Remember(first, {7, 0, "a"}, {}), 7U);
  const auto other = table.Remember(second, {7, 0, "b"}, {});
  EXPECT_NE(other, 7U);
  EXPECT_EQ(table.Remember(second, {7, 0, "b"}, {}), other);
  EXPECT_EQ(table.Find(7), (Location{7, 0, "a"}));
  EXPECT_EQ(table.Find(other), (Location{other, 0, "b"}));
  table.Forget(7, 1);
  EXPECT_EQ(table.NumberOf(second), other) << "as long as it is known";
  table.Forget(other, 2);
  EXPECT_EQ(table.NumberOf(second), 7U);
  EXPECT_EQ(table.size(), 0U);
}

TEST(NodeTable, ANumberThatTheKernelKnowsIsGivenToNoFileThatComesLater) {
  NodeTable table;
  table.Remember({7}, {7, 0, "n"}, {});
  table.Become(7, {20}, true);
  EXPECT_EQ(table.NumberOf({20}), 20U);
  EXPECT_NE(table.NumberOf({7}), 7U) << "the draft's inode, used again";
  EXPECT_NE(table.NumberOf({.ino = 20, .birth = 1}), 20U) << "the list's";
}

TEST(NodeTable, AnInodeOfAnyNumberHasANode) {
  NodeTable table;
  for (const std::uint64_t ino : {NodeId::kMaxIno + 1, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    const auto number = table.Remember({ino}, {0, 0, std::to_string(ino)}, {});
    EXPECT_LE(number, NodeId::kMaxIno);
    EXPECT_EQ(NodeId::Block(number).ino(), number);
    EXPECT_EQ(table.Find(number)->name, std::to_string(ino));
  }
}

TEST(NodeTable, ThreadsLoseNoLookup) {
  NodeTable table;
  constexpr int kEach = 2000;
  const auto look = [&] {
    for (int i = 0; i < kEach; ++i) {
      table.Remember({7}, {7, 0, "a"}, {});
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
