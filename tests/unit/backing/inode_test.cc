// SPDX-License-Identifier: Apache-2.0
#include "core/backing/inode.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

class InodeTest : public TempBacking {};

TEST_F(InodeTest, FindsWhatIsThereAndOpensOnlyBlocks) {
  Put("block", "text");
  mkdir(Path("dir").c_str(), 0700);
  mkfifo(Path("fifo").c_str(), 0600);
  ASSERT_EQ(symlink("block", Path("link").c_str()), 0);
  ASSERT_EQ(symlink("dir", Path("dirlink").c_str()), 0);

  EXPECT_TRUE(Find("block").is_block());
  EXPECT_EQ(Find("block").stat().st_size, 4);
  EXPECT_TRUE(Find("dir").is_directory());
  EXPECT_EQ(CodeOf(Find("dir").Open(O_RDONLY)), EISDIR);
  EXPECT_EQ(CodeOf(Find("dir").Truncate(0)), EISDIR);
  EXPECT_EQ(CodeOf(Find("fifo").Open(O_RDONLY)), EACCES);
  EXPECT_EQ(CodeOf(Find("fifo").Truncate(0)), EINVAL);
  for (const char* name : {"link", "dirlink"}) {
    const auto link = backing().Find(name);
    EXPECT_TRUE(!link || (!link->is_block() && !link->is_directory())) << name;
    EXPECT_FALSE(backing().OpenDirectory(name)) << name;
  }
  EXPECT_EQ(CodeOf(backing().Find("absent")), ENOENT);
  EXPECT_EQ(CodeOf(backing().Find("..")), ENOENT);
  EXPECT_EQ(CodeOf(backing().Find(std::string(256, 'x').c_str())), ENAMETOOLONG);
  EXPECT_EQ(CodeOf(backing().OpenDirectory("block")), ENOTDIR);
}

TEST_F(InodeTest, OpeningCanTruncate) {
  Put("a", "0123");
  ASSERT_TRUE(Find("a").Open(O_RDWR | O_TRUNC));
  EXPECT_EQ(StatOf("a").st_size, 0);
}

TEST_F(InodeTest, AnInodeOutlivesItsName) {
  Put("a", "text");
  const BlockFile file = Open("a");
  ASSERT_TRUE(backing().Unlink("a"));
  const Inode inode = Inode::Of(file).value();
  EXPECT_EQ(inode.stat().st_nlink, 0U);
  EXPECT_EQ(CodeOf(inode.Truncate(1)), 0);
  EXPECT_EQ(CodeOf(inode.SetMode(0444)), 0);
  EXPECT_EQ(inode.Restat()->st_size, 1);
  EXPECT_EQ(inode.Restat()->st_mode & 07777, 0444U);
  EXPECT_EQ(CodeOf(inode.Open(O_RDONLY)), 0);
}

TEST_F(InodeTest, SetsTimesAndLinks) {
  Put("a", "text");
  const struct timespec times[2] = {{0, UTIME_OMIT}, {1234, 5678}};
  EXPECT_EQ(CodeOf(Find("a").SetTimes(times)), 0);
  EXPECT_EQ(StatOf("a").st_mtim.tv_sec, 1234);
  EXPECT_EQ(StatOf("a").st_mtim.tv_nsec, 5678);
  EXPECT_EQ(CodeOf(backing().Link(Find("a"), "b")), 0);
  EXPECT_EQ(CodeOf(backing().Link(Find("a"), "b")), EEXIST);
  EXPECT_EQ(StatOf("b").st_ino, StatOf("a").st_ino);
  EXPECT_EQ(CodeOf(Find("a").Access(R_OK | W_OK)), 0);
  EXPECT_EQ(CodeOf(Find("a").Access(X_OK)), EACCES);
}

TEST_F(InodeTest, KeepsXattrs) {
  Put("a", "");
  const Inode inode = Find("a");
  EXPECT_EQ(CodeOf(inode.GetXattr("user.x")), ENODATA);
  EXPECT_FALSE(inode.HasXattr("user.x").value());
  const std::string value(1000, 'v');  // longer than the first guess
  EXPECT_EQ(CodeOf(inode.SetXattr("user.x", value, 0)), 0);
  EXPECT_EQ(CodeOf(inode.SetXattr("user.x", "", XATTR_CREATE)), EEXIST);
  EXPECT_EQ(inode.GetXattr("user.x").value(), value);
  EXPECT_TRUE(inode.HasXattr("user.x").value());
  EXPECT_EQ(CodeOf(inode.SetXattr("user.y", "", 0)), 0);
  EXPECT_NE(inode.ListXattr()->find(std::string("user.x\0", 7)), std::string::npos);
  EXPECT_EQ(CodeOf(inode.RemoveXattr("user.x")), 0);
  EXPECT_EQ(CodeOf(inode.RemoveXattr("user.x")), ENODATA);
  EXPECT_EQ(inode.GetXattr("user.y").value(), "");
}

}  // namespace
}  // namespace shmount
