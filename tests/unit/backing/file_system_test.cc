// SPDX-License-Identifier: Apache-2.0
#include "core/backing/file_system.h"

#include <gtest/gtest.h>
#include <linux/magic.h>

#include <cstdint>
#include <initializer_list>

#include "core/backing/directory.h"
#include "core/backing/stacked.h"
#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

class FileSystemTest : public TempBacking {};

TEST_F(FileSystemTest, TheBackingsOfTheseTestsAreMemory) {
  const auto file_system = backing().GetFileSystem();
  ASSERT_TRUE(file_system);
  EXPECT_TRUE(file_system->IsMemory());
  EXPECT_EQ(file_system->Name(), "tmpfs");
}

TEST(FileSystemOfTest, WhatIsNoTmpfsIsNoMemory) {
  const auto file_system = Directory::OpenBacking("/proc")->GetFileSystem();
  ASSERT_TRUE(file_system);
  EXPECT_FALSE(file_system->IsMemory());
  EXPECT_EQ(file_system->Name(), "proc");
}

TEST(FileSystemOfTest, OnlyTmpfsAndRamfsAreMemory) {
  EXPECT_TRUE(FileSystem(TMPFS_MAGIC).IsMemory());
  EXPECT_TRUE(FileSystem(RAMFS_MAGIC).IsMemory());
  const std::initializer_list<std::uint32_t> others = {EXT4_SUPER_MAGIC, OVERLAYFS_SUPER_MAGIC,
                                                       NFS_SUPER_MAGIC,  FUSE_SUPER_MAGIC,
                                                       HUGETLBFS_MAGIC,  0};
  for (const std::uint32_t magic : others) {
    EXPECT_FALSE(FileSystem(magic).IsMemory()) << magic;
  }
  EXPECT_TRUE(FileSystem(HUGETLBFS_MAGIC).IsHuge());
  EXPECT_EQ(FileSystem(EXT4_SUPER_MAGIC).Name(), "ext4");
  EXPECT_EQ(FileSystem(0x2FC12FC1).Name(), "file system 0x2fc12fc1");
}

TEST_F(FileSystemTest, ATmpfsLiesOnNoOther) {
  EXPECT_FALSE(IsStacked(backing()).value());
  EXPECT_EQ(CodeOf(IsStacked(Directory(UniqueFd()))), EBADF);
}

TEST_F(FileSystemTest, ADescriptorThatIsNoneIsAnError) {
  EXPECT_EQ(CodeOf(Directory(UniqueFd()).GetFileSystem()), EBADF);
}

TEST(FileSystemOfTest, WhatIsChangedElsewhereRaisesNoEvents) {
  EXPECT_TRUE(FileSystem(TMPFS_MAGIC).TellsOfChanges());
  EXPECT_TRUE(FileSystem(EXT4_SUPER_MAGIC).TellsOfChanges());
  EXPECT_FALSE(FileSystem(FUSE_SUPER_MAGIC).TellsOfChanges());
  EXPECT_FALSE(FileSystem(NFS_SUPER_MAGIC).TellsOfChanges());
}

}  // namespace
}  // namespace shmount
