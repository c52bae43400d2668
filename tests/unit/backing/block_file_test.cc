// SPDX-License-Identifier: Apache-2.0
#include "core/backing/block_file.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

std::string ReadAt(const BlockFile& file, std::uint64_t offset, std::size_t size) {
  std::string text(size, '?');
  text.resize(file.ReadAt(offset, std::as_writable_bytes(std::span(text))).value());
  return text;
}

class BlockFileTest : public TempBacking {};

TEST_F(BlockFileTest, ReadsAndWritesWithinTheBlock) {
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

TEST_F(BlockFileTest, AllocatesPunchesAndSeeks) {
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

TEST_F(BlockFileTest, TellsFileSeals) {
  EXPECT_FALSE(backing().Create("a", 0600)->HasFileSeals());
  const std::pair<int, bool> cases[] = {
      {F_SEAL_SEAL, false}, {F_SEAL_WRITE, true}, {F_SEAL_GROW, true}, {F_SEAL_SHRINK, true}};
  for (const auto& [seal, sealed] : cases) {
    const BlockFile file(UniqueFd(memfd_create("sealed", MFD_ALLOW_SEALING | MFD_CLOEXEC)));
    ASSERT_EQ(fcntl(file.fd(), F_ADD_SEALS, seal), 0);
    EXPECT_EQ(file.HasFileSeals(), sealed) << seal;
  }
}

}  // namespace
}  // namespace shmount
