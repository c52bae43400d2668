// SPDX-License-Identifier: Apache-2.0
#include "core/lifetime/inventory.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/backing/xattr_names.h"
#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

class InventoryTest : public TempBacking {};

TEST_F(InventoryTest, DescribesWhatShows) {
  Put("sem.a", "32 bytes of a semaphore, or so...");
  Put("list", MakeList({Str{"x"}, std::int64_t{1}, Str{"y"}}));
  Put("block", std::string(100, 'x'), 0640);
  Put("managed", "");
  ASSERT_TRUE(Find("managed").SetXattr(kManagerXattr, "m", 0));
  mkdir(Path("draft").c_str(), 0700);
  ASSERT_TRUE(Find("draft").SetXattr(kDraftXattr, "", 0));
  mkdir(Path("dir").c_str(), 0700);
  mkfifo(Path("fifo").c_str(), 0600);
  Put(".shmount-x", "what a mount hides");
  mkdir(Path(".shmount-0").c_str(), 0700);
  Put("dir/block", "");

  const auto items = TakeInventory(backing());
  ASSERT_TRUE(items);
  std::vector<std::string> names;
  for (const Item& item : *items) {
    names.push_back(item.name);
  }
  ASSERT_EQ(names,
            (std::vector<std::string>{".shmount-x", "block", "draft", "list", "managed", "sem.a"}));
  const ItemKind kinds[] = {ItemKind::kBlock, ItemKind::kBlock, ItemKind::kDraft,
                            ItemKind::kList,  ItemKind::kBlock, ItemKind::kSemaphore};
  for (std::size_t i = 0; i < items->size(); ++i) {
    EXPECT_EQ((*items)[i].kind, kinds[i]) << names[i];
    EXPECT_EQ((*items)[i].manager, names[i] == "managed" ? "m" : "") << names[i];
  }
  EXPECT_EQ((*items)[1].size(), 100U);
  EXPECT_EQ((*items)[1].stat.st_mode & 0777, 0640U);
  const TypeCounts counts = CountTypes(backing(), (*items)[3]).value();
  EXPECT_EQ(counts[static_cast<int>(Type::kStr)], 2U);
  EXPECT_EQ(counts[static_cast<int>(Type::kInt)], 1U);
  EXPECT_EQ(counts.back(), 0U);
  EXPECT_EQ(CodeOf(Describe(backing(), "dir/block")), ENOENT) << "no name, but a path";
}

TEST_F(InventoryTest, FindsTheSameAgainOrNothing) {
  Put("a", "x");
  const Item item = Describe(backing(), "a").value();
  const auto keep = backing().Find("a");  // so that the inode's number is not used again
  EXPECT_EQ(FindAgain(backing(), item)->stat().st_ino, item.stat.st_ino);
  ASSERT_TRUE(backing().Unlink("a"));
  EXPECT_EQ(CodeOf(FindAgain(backing(), item)), ENOENT);
  Put("a", "y");
  EXPECT_EQ(CodeOf(FindAgain(backing(), item)), ESTALE);
}

}  // namespace
}  // namespace shmount
