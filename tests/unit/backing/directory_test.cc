// SPDX-License-Identifier: Apache-2.0
#include "core/backing/directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include <string>
#include <vector>

#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

class DirectoryTest : public TempBacking {};

TEST_F(DirectoryTest, OpenBackingTakesADirectory) {
  Put("file", "");
  EXPECT_EQ(CodeOf(Directory::OpenBacking(Path("absent"))), ENOENT);
  EXPECT_EQ(CodeOf(Directory::OpenBacking(Path("file"))), ENOTDIR);
  EXPECT_EQ(backing().Stat()->st_ino, StatOf("").st_ino);
  EXPECT_GT(backing().StatFs()->f_blocks, 0U);
}

TEST_F(DirectoryTest, NoLinkInTheRootOfAProcessIsFollowed) {
  mkdir(Path("dir").c_str(), 0755);
  ASSERT_EQ(symlink("dir", Path("link").c_str()), 0);
  ASSERT_EQ(symlink("/etc", Path("etc").c_str()), 0);
  EXPECT_TRUE(Directory::OpenBacking(Path("link")));
  const std::string self = std::to_string(getpid());
  for (const std::string& root :
       {std::string("/proc/self/root"), "/proc/" + self + "/root", "//proc/" + self + "//root/",
        "/proc/" + self + "/task/" + self + "/root"}) {
    EXPECT_EQ(Directory::OpenBacking(root + Path("dir"))->Stat()->st_ino, StatOf("dir").st_ino);
    EXPECT_EQ(Directory::OpenBacking(root + Path("../../.." + Path("dir")))->Stat()->st_ino,
              StatOf("dir").st_ino);
    EXPECT_EQ(CodeOf(Directory::OpenBacking(root + Path("link"))), ELOOP);
    EXPECT_EQ(CodeOf(Directory::OpenBacking(root + Path("etc"))), ELOOP);
    EXPECT_EQ(CodeOf(Directory::OpenBacking(root + Path("absent"))), ENOENT);
    EXPECT_TRUE(Directory::OpenBacking(root));
  }
}

TEST_F(DirectoryTest, CreatesWhatIsNotThere) {
  ASSERT_TRUE(backing().Create("a", 0640));
  EXPECT_EQ(ModeOf("a"), 0640U);
  EXPECT_EQ(CodeOf(backing().Create("a", 0600)), EEXIST);
  ASSERT_EQ(symlink("target", Path("link").c_str()), 0);
  EXPECT_EQ(CodeOf(backing().Create("link", 0600)), EEXIST);
  EXPECT_FALSE(Exists("target"));
}

TEST_F(DirectoryTest, AnUnnamedFileGetsItsNameOrIsGone) {
  {
    const BlockFile file = backing().CreateUnnamed(0600).value();
    ASSERT_TRUE(file.Write(0, BytesOf("x")));
    EXPECT_THAT(Names(), ElementsAre());
    EXPECT_EQ(CodeOf(backing().Publish(file, "a")), 0);
    EXPECT_EQ(CodeOf(backing().Publish(file, "a")), EEXIST);
  }
  (void)backing().CreateUnnamed(0600);
  EXPECT_THAT(Names(), ElementsAre("a"));
  EXPECT_EQ(Get("a"), "x");
}

TEST_F(DirectoryTest, LocksOfTwoOpensCollide) {
  mkdir(Path("dir").c_str(), 0700);
  const auto first = backing().OpenDirectory("dir");
  const auto second = backing().OpenDirectory("dir");
  EXPECT_EQ(CodeOf(first->Lock(LOCK_EX | LOCK_NB)), 0);
  EXPECT_EQ(CodeOf(second->Lock(LOCK_EX | LOCK_NB)), EWOULDBLOCK);
  EXPECT_EQ(CodeOf(first->Lock(LOCK_UN)), 0);
  EXPECT_EQ(CodeOf(second->Lock(LOCK_EX | LOCK_NB)), 0);
}

TEST_F(DirectoryTest, NamesAreAllButTheDots) {
  EXPECT_THAT(backing().Names().value(), ElementsAre());
  Put("a", "");
  Put(".b", "");
  mkdir(Path("c").c_str(), 0700);
  EXPECT_THAT(backing().Names().value(), UnorderedElementsAre("a", ".b", "c"));
}

TEST_F(DirectoryTest, ForEachEndsWhereItsVisitorSays) {
  Put("a", "");
  Put("b", "");
  int visits = 0;
  EXPECT_TRUE(backing().ForEach([&](const DirEntry&) { return ++visits < 1; }));
  EXPECT_EQ(visits, 1);
  const auto failed =
      backing().ForEach([&](const DirEntry& entry) { return Fail(EIO, std::string(entry.name)); });
  EXPECT_EQ(CodeOf(failed), EIO);
}

TEST_F(DirectoryTest, ForEachDropsNoError) {
  mkdir(Path("dir").c_str(), 0700);
  const auto removed = backing().OpenDirectory("dir");
  ASSERT_TRUE(removed);
  ASSERT_TRUE(backing().RemoveDirectory("dir"));
  EXPECT_EQ(CodeOf(removed->Names()), ENOENT);
}

TEST_F(DirectoryTest, RightsOfEverybodyAreThoseOfOwnerGroupAndOthers) {
  const std::pair<mode_t, int> modes[] = {{01777, 7}, {0755, 5}, {0711, 1},
                                          {0700, 0},  {0077, 0}, {0747, 4}};
  for (const auto& [mode, rights] : modes) {
    chmod(path().c_str(), mode);
    EXPECT_EQ(backing().RightsOfEverybody(), rights) << std::oct << mode;
  }
  chmod(path().c_str(), 0700);
}

}  // namespace
}  // namespace shmount
