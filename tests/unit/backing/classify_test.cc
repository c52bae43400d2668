// SPDX-License-Identifier: Apache-2.0
#include "core/backing/classify.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>

#include "core/backing/act_as.h"
#include "core/backing/node_id.h"
#include "core/backing/xattr_names.h"
#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

class EntryTest : public TempBacking {
 protected:
  Entry Look(const char* name) const { return Inspect(backing(), name).value(); }
  void SetXattr(const std::string& name, const char* xattr) const {
    ASSERT_EQ(setxattr(Path(name).c_str(), xattr, "", 0, 0), 0);
  }
};

TEST_F(EntryTest, WhatIsAListADraftABlockOrNothing) {
  Put("list", MakeList({Str{"x"}, std::int64_t{1}}));
  Put("v1", ToV1(MakeList({2.5})));
  Put("text", "no list at all, just some bytes");
  Put("empty", "");
  mkdir(Path("draft").c_str(), 0700);
  SetXattr("draft", kDraftXattr);
  mkdir(Path("dir").c_str(), 0700);
  mkfifo(Path("fifo").c_str(), 0600);
  ASSERT_EQ(symlink("text", Path("link").c_str()), 0);

  EXPECT_EQ(Look("list").kind, Kind::kList);
  EXPECT_EQ(Look("list").shape, MakeList({Str{"x"}, std::int64_t{1}}).shape);
  EXPECT_EQ(Look("list").ttl, kForever);
  EXPECT_EQ(Look("v1").kind, Kind::kList);
  EXPECT_EQ(Look("v1").shape.layout, Layout::kV1);
  EXPECT_EQ(Look("text").kind, Kind::kBlock);
  EXPECT_EQ(Look("empty").kind, Kind::kBlock);
  EXPECT_EQ(Look("draft").kind, Kind::kDraft);
  for (const char* name : {"dir", "fifo", "link", "absent"}) {
    EXPECT_EQ(CodeOf(Inspect(backing(), name)), ENOENT) << name;
  }
}

TEST_F(EntryTest, LookingLeavesTheAccessTime) {
  Put("n", std::string(64, 'x'));
  const struct timespec long_ago[2] = {{99, 0}, {100, 0}};  // so that a read would change atime
  ASSERT_TRUE(Find("n").SetTimes(long_ago));
  EXPECT_EQ(Look("n").kind, Kind::kBlock);
  EXPECT_EQ(StatOf("n").st_atim.tv_sec, 99);
}

TEST_F(EntryTest, AnEmptyListTakesItsXattr) {
  for (const std::size_t size : {8, 16}) {
    const std::string name = std::to_string(size);
    Put(name, std::string(size, '\0'));
    EXPECT_EQ(Look(name.c_str()).kind, Kind::kBlock);
    SetXattr(name, kListXattr);
    EXPECT_EQ(Look(name.c_str()).kind, Kind::kList);
    EXPECT_EQ(Look(name.c_str()).shape.count, 0U);
  }
  Put("counter", std::string("\1") + std::string(15, '\0'));
  Put("long", std::string(24, '\0'));
  for (const char* name : {"counter", "long"}) {
    SetXattr(name, kListXattr);
    EXPECT_EQ(Look(name).kind, Kind::kBlock) << "the xattr alone makes no list: " << name;
  }
}

TEST_F(EntryTest, WhatMayBecomeAListByStoresIsNotKept) {
  auto list = MakeList({std::int64_t{1}, std::int64_t{2}});
  list.PutFormat(1, "");
  Put("being_written", list);
  Put("text", "something else");
  Put("short", std::string(7, '\0'));
  EXPECT_EQ(Look("being_written").kind, Kind::kBlock);
  EXPECT_EQ(Look("being_written").ttl, 0);
  const auto just_made = [&] {
    EXPECT_TRUE(!Exists("blank") || backing().Unlink("blank"));
    Put("blank", std::string(64, '\0'));
    return Look("blank").ttl;
  };
  while (just_made() != 0) {  // unless we were stopped in between
  }
  EXPECT_EQ(Look("text").ttl, kUnseen);
  EXPECT_EQ(Look("short").ttl, 0) << "its size comes next";
  EXPECT_TRUE(Look("being_written").being_written);
  EXPECT_EQ(Look("being_written").shape, list.shape);
  EXPECT_FALSE(Look("blank").being_written);
  while (Look("blank").ttl == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(Look("being_written").ttl, 0);
  EXPECT_GT(Look("blank").ttl, 0);
  EXPECT_LE(Look("blank").ttl, 1);
  EXPECT_EQ(Look("short").ttl, kUnseen);
}

TEST_F(EntryTest, AListLongerThanNodesCanNameIsABlock) {
  const std::pair<std::uint64_t, Kind> cases[] = {{NodeId::kMaxCount, Kind::kList},
                                                  {NodeId::kMaxCount + 1, Kind::kBlock}};
  for (const auto& [count, kind] : cases) {
    const ListShape shape{Layout::kV2, count, 8 * count};
    const BlockFile file = backing().Create("long", 0600).value();
    ASSERT_TRUE(file.Truncate(shape.size()));  // with holes
    const auto put = [&](std::uint64_t at, std::uint64_t word) {
      ASSERT_TRUE(file.Write(at, std::as_bytes(std::span(&word, 1))));
    };
    put(0, count);
    put(16, 8);
    put(8 * count, 8 * (count - 1));
    put(8 * (count + 1), 8 * count);
    put(shape.formats_begin(), 'q');
    put(shape.formats_begin() + 8 * (count - 1), 'q');
    EXPECT_EQ(Look("long").kind, kind) << count;
    ASSERT_TRUE(backing().Unlink("long"));
  }
}

TEST_F(EntryTest, ABlockThatMayNotBeReadIsABlock) {
  if (geteuid() != 0) {
    GTEST_SKIP() << "takes root, to act as another user";
  }
  chmod(path().c_str(), 0755);
  Put("list", MakeList({true}));
  EXPECT_EQ(Look("list").kind, Kind::kList);
  const auto as = ActAs::User(65534, 65534);
  ASSERT_TRUE(as);
  EXPECT_EQ(Look("list").kind, Kind::kBlock);
}

TEST_F(EntryTest, ShapeOfSaysWhenItIsNoListAnyMore) {
  const auto list = MakeList({true});
  Put("list", list);
  const Inode inode = Find("list");
  BlockFile file = Open("list");
  EXPECT_EQ(ShapeOf(file, inode)->count, 1U);
  ASSERT_TRUE(file.WriteAt(list.shape.formats_begin(), BytesOf(std::string(8, '\0'))));
  EXPECT_EQ(CodeOf(ShapeOf(file, inode)), 0) << "a Python is between its stores";
  ASSERT_TRUE(file.WriteAt(0, BytesOf("\7")));
  EXPECT_EQ(CodeOf(ShapeOf(file, inode)), ESTALE);
}

}  // namespace
}  // namespace shmount
