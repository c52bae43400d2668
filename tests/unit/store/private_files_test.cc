// SPDX-License-Identifier: Apache-2.0
#include "core/store/private_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

#include "core/store/recover.h"
#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

using testing::ElementsAre;

class PrivateFilesTest : public TempBacking {
 protected:
  /// A list's number.
  std::uint64_t MakeBlock(const char* name) {
    Put(name, "");
    return StatOf(name).st_ino;
  }
  const uid_t me_ = geteuid();
};

TEST_F(PrivateFilesTest, EachListAndUserHasADirectory) {
  PrivateFiles files(area());
  const auto list = MakeBlock("list");
  EXPECT_EQ(CodeOf(files.Find(list, "list", me_)), ENOENT);
  const auto made = files.Make(list, "list", me_);
  ASSERT_TRUE(made && made->Create("a", 0600));
  const auto ino = made->Stat()->st_ino;
  EXPECT_EQ(files.Make(list, "list", me_)->Stat()->st_ino, ino);
  EXPECT_EQ(files.Find(list, "list", me_)->Stat()->st_ino, ino);
  EXPECT_EQ(files.Open(ino)->Stat()->st_ino, ino);
  EXPECT_EQ(CodeOf(files.Open(ino + 1)), ENOENT);
  EXPECT_NE(files.Make(list, "list", me_ + 1)->Stat()->st_ino, ino);
  EXPECT_NE(files.Make(list + 1, "list", me_)->Stat()->st_ino, ino);
  CleanStaging(backing());
  EXPECT_TRUE(made->Find("a")) << "it is no leftover";
}

TEST_F(PrivateFilesTest, AUserHasThemInSoManyListsAndNoMore) {
  PrivateFiles files(area());
  for (std::uint64_t list = 1; list <= 256; ++list) {
    ASSERT_TRUE(files.Make(list, "list", me_));
  }
  EXPECT_EQ(CodeOf(files.Make(1000, "list", me_)), EMFILE);
  EXPECT_TRUE(files.Make(1, "list", me_));
  EXPECT_TRUE(files.Make(1000, "list", me_ + 1));
  files.DropEmpty(1, me_);
  EXPECT_TRUE(files.Make(1000, "list", me_));
}

TEST_F(PrivateFilesTest, GoWhenNoneIsLeftAndWithTheListAndAtTheEnd) {
  const auto list = MakeBlock("list");
  {
    PrivateFiles files(area());
    const auto fill = [&](std::uint64_t of) {
      ASSERT_TRUE(files.Make(of, "list", me_)->Create("a", 0600));
    };
    fill(list);
    files.DropEmpty(list, me_);
    EXPECT_TRUE(files.Find(list, "list", me_)) << "not empty";
    ASSERT_TRUE(files.Find(list, "list", me_)->Unlink("a"));
    files.DropEmpty(list, me_);
    EXPECT_THAT(Names(), ElementsAre("list"));
    fill(list);
    files.DropList(list + 1);
    EXPECT_TRUE(files.Find(list, "list", me_));
    files.DropList(list);
    EXPECT_THAT(Names(), ElementsAre("list"));
    fill(list);
  }
  EXPECT_THAT(Names(), ElementsAre("list"));
}

TEST_F(PrivateFilesTest, FollowTheListsName) {
  PrivateFiles files(area());
  const auto list = MakeBlock("list");
  ASSERT_TRUE(files.Make(list, "list", me_)->Create("a", 0600));
  files.NameGone("other");
  files.NameGone("list");
  ASSERT_EQ(rename(Path("list").c_str(), Path("new").c_str()), 0);
  files.NameGone("list");
  EXPECT_TRUE(files.Find(list, "new", me_));
  MakeBlock("list");
  ASSERT_EQ(unlink(Path("new").c_str()), 0);
  files.NameGone("new");
  EXPECT_THAT(Names(), ElementsAre("list"));
}

}  // namespace
}  // namespace shmount
