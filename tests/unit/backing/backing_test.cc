// SPDX-License-Identifier: Apache-2.0
#include "core/backing/backing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <map>

#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

using testing::ElementsAre;

class BackingCallsTest : public TempBacking {};

std::string ReadAt(const BlockFile& file, std::uint64_t offset, std::size_t size) {
  std::string text(size, '?');
  text.resize(file.ReadAt(offset, std::as_writable_bytes(std::span(text))).value());
  return text;
}

TEST_F(BackingCallsTest, OpenBackingTakesADirectory) {
  Put("file", "");
  EXPECT_EQ(CodeOf(Directory::OpenBacking(Path("absent"))), ENOENT);
  EXPECT_EQ(CodeOf(Directory::OpenBacking(Path("file"))), ENOTDIR);
  EXPECT_EQ(backing().Stat()->st_ino, StatOf("").st_ino);
  EXPECT_GT(backing().StatFs()->f_blocks, 0U);
}

TEST_F(BackingCallsTest, FindsWhatIsThereAndOpensOnlyBlocks) {
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

TEST_F(BackingCallsTest, ReadsAndWritesWithinTheBlock) {
  Put("a", "0123456789");
  BlockFile file = Open("a");
  EXPECT_EQ(ReadAt(file, 8, 10), "89");
  EXPECT_EQ(ReadAt(file, 100, 10), "");
  EXPECT_EQ(CodeOf(file.WriteAt(8, BytesOf("XY"))), 0);
  EXPECT_EQ(CodeOf(file.WriteAt(9, BytesOf("ab"))), EFBIG);
  EXPECT_EQ(CodeOf(file.WriteAt(11, BytesOf(""))), EFBIG);
  EXPECT_EQ(CodeOf(file.WriteAt(~std::uint64_t{0}, BytesOf("ab"))), EFBIG);
  EXPECT_EQ(Get("a"), "01234567XY");
  EXPECT_EQ(file.Write(9, BytesOf("abc")).value(), 3U);
  EXPECT_EQ(file.Append(BytesOf("!")).value(), 1U);
  EXPECT_EQ(Get("a"), "01234567Xabc!");
  const BlockFile reading = file.Reopen(O_RDONLY).value();
  EXPECT_EQ(CodeOf(reading.Write(0, BytesOf("x"))), EBADF);
  EXPECT_EQ(CodeOf(file.Truncate(2)), 0);
  EXPECT_EQ(ReadAt(reading, 0, 10), "01");
  EXPECT_EQ(file.Stat()->st_size, 2);
  EXPECT_EQ(CodeOf(file.Sync(true)), 0);
}

TEST_F(BackingCallsTest, OpeningCanTruncate) {
  Put("a", "0123");
  ASSERT_TRUE(Find("a").Open(O_RDWR | O_TRUNC));
  EXPECT_EQ(StatOf("a").st_size, 0);
}

TEST_F(BackingCallsTest, AllocatesPunchesAndSeeks) {
  const BlockFile file = backing().Create("a", 0600).value();
  constexpr std::uint64_t kPage = 1 << 16;
  EXPECT_EQ(CodeOf(file.Allocate(0, 0, 2 * kPage)), 0);
  ASSERT_TRUE(file.Write(0, BytesOf(std::string(2 * kPage, 'x'))));
  EXPECT_EQ(CodeOf(file.Allocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, kPage)), 0);
  EXPECT_EQ(file.Seek(0, SEEK_DATA).value(), kPage);
  EXPECT_EQ(file.Seek(0, SEEK_HOLE).value(), 0U);
  EXPECT_EQ(CodeOf(file.Seek(2 * kPage, SEEK_DATA)), ENXIO);
  EXPECT_EQ(CodeOf(file.Allocate(FALLOC_FL_COLLAPSE_RANGE, 0, kPage)), EOPNOTSUPP);
}

TEST_F(BackingCallsTest, TellsASealedFile) {
  EXPECT_FALSE(backing().Create("a", 0600)->Sealed());
  const std::pair<int, bool> cases[] = {
      {F_SEAL_SEAL, false}, {F_SEAL_WRITE, true}, {F_SEAL_GROW, true}, {F_SEAL_SHRINK, true}};
  for (const auto& [seal, sealed] : cases) {
    const BlockFile file(UniqueFd(memfd_create("sealed", MFD_ALLOW_SEALING | MFD_CLOEXEC)));
    ASSERT_EQ(fcntl(file.fd(), F_ADD_SEALS, seal), 0);
    EXPECT_EQ(file.Sealed(), sealed) << seal;
  }
}

TEST_F(BackingCallsTest, CreatesWhatIsNotThere) {
  ASSERT_TRUE(backing().Create("a", 0640));
  EXPECT_EQ(ModeOf("a"), 0640U);
  EXPECT_EQ(CodeOf(backing().Create("a", 0600)), EEXIST);
  ASSERT_EQ(symlink("target", Path("link").c_str()), 0);
  EXPECT_EQ(CodeOf(backing().Create("link", 0600)), EEXIST);
  EXPECT_FALSE(Exists("target"));
}

TEST_F(BackingCallsTest, AnUnnamedFileGetsItsNameOrIsGone) {
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

TEST_F(BackingCallsTest, AnInodeOutlivesItsName) {
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

TEST_F(BackingCallsTest, SetsTimesAndLinks) {
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

TEST_F(BackingCallsTest, KeepsXattrs) {
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

TEST_F(BackingCallsTest, AListingGoesOnWhereACookieSays) {
  constexpr int kNames = 1500;  // more than one buffer
  for (int i = 0; i < kNames; ++i) {
    ASSERT_TRUE(backing().Create(("name" + std::to_string(i)).c_str(), 0600));
  }
  auto stream = backing().List().value();
  std::map<std::string, int> seen;
  std::vector<std::pair<std::uint64_t, std::string>> after;  // a cookie, and the name behind it
  std::uint64_t cookie = 0;
  for (DirStream::Item item; stream.Next(item).value();) {
    ++seen[std::string(item.name)];
    after.emplace_back(cookie, item.name);
    cookie = item.cookie;
  }
  EXPECT_EQ(seen.size(), kNames + 2U);
  EXPECT_TRUE(std::ranges::all_of(seen, [](const auto& each) { return each.second == 1; }));
  for (std::size_t i = 0; i < after.size(); i += 97) {
    ASSERT_TRUE(stream.Seek(after[i].first));
    DirStream::Item item;
    ASSERT_TRUE(stream.Next(item).value());
    EXPECT_EQ(item.name, after[i].second);
  }
}

TEST_F(BackingCallsTest, ListingsOfOneDirectoryAreApart) {
  Put("a", "");
  auto first = backing().List().value();
  auto second = backing().List().value();
  DirStream::Item item;
  while (first.Next(item).value()) {
  }
  EXPECT_TRUE(second.Next(item).value());
}

TEST_F(BackingCallsTest, LocksOfTwoOpensCollide) {
  mkdir(Path("dir").c_str(), 0700);
  const auto first = backing().OpenDirectory("dir");
  const auto second = backing().OpenDirectory("dir");
  EXPECT_EQ(CodeOf(first->Lock(LOCK_EX | LOCK_NB)), 0);
  EXPECT_EQ(CodeOf(second->Lock(LOCK_EX | LOCK_NB)), EWOULDBLOCK);
  EXPECT_EQ(CodeOf(first->Lock(LOCK_UN)), 0);
  EXPECT_EQ(CodeOf(second->Lock(LOCK_EX | LOCK_NB)), 0);
}

}  // namespace
}  // namespace shmount
