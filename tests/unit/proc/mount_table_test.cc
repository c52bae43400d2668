// SPDX-License-Identifier: Apache-2.0
#include "core/proc/mount_table.h"

#include <gtest/gtest.h>
#include <sys/sysmacros.h>

namespace shmount {
namespace {

constexpr char kMounts[] =
    "90 1 254:0 / / rw,relatime - ext4 /dev/root rw\n"
    "106 105 0:23 / /dev/shm rw,relatime shared:5 master:1 - tmpfs tmpfs rw,size=24684092k\n"
    "107 106 0:27 / /dev/shm rw,relatime - tmpfs tmpfs rw\n"
    "108 90 0:27 /sub /mnt/a\\040b rw - tmpfs tmpfs rw\n"
    "113 90 0:47 / /tmp/expm rw,nosuid,nodev - fuse.shmount /dev/shm rw,user_id=0\n"
    "no mount\n"
    "1 2 x:y / / rw - a b c\n";

TEST(MountTable, Parses) {
  const auto table = MountTable::Parse(kMounts);
  ASSERT_EQ(table.entries().size(), 5U);
  const MountEntry& spaced = table.entries()[3];
  EXPECT_EQ(spaced.point, "/mnt/a b");
  EXPECT_EQ(spaced.root, "/sub");
  const MountEntry& fuse = table.entries()[4];
  EXPECT_EQ(fuse.type, "fuse.shmount");
  EXPECT_EQ(fuse.source, "/dev/shm");
  EXPECT_EQ(fuse.super_options, "rw,user_id=0");
  EXPECT_EQ(fuse.device, makedev(0, 47));
  EXPECT_TRUE(MountTable::Parse("").entries().empty());
}

TEST(MountTable, Resolves) {
  const auto table = MountTable::Parse(kMounts);
  EXPECT_EQ(table.Resolve("/dev/shm"), (FsPath{makedev(0, 27), "/"}));
  EXPECT_EQ(table.Resolve("/dev/shm/x"), (FsPath{makedev(0, 27), "/x"}));
  EXPECT_EQ(table.Resolve("/dev/shmx"), (FsPath{makedev(254, 0), "/dev/shmx"}));
  EXPECT_EQ(table.Resolve("/mnt/a b/c"), (FsPath{makedev(0, 27), "/sub/c"}));
  EXPECT_EQ(table.Resolve("/"), (FsPath{makedev(254, 0), "/"}));
  EXPECT_EQ(table.Resolve("relative"), std::nullopt);
}

TEST(MountTable, ResolvesOnOneMount) {
  const auto table = MountTable::Parse(kMounts);
  EXPECT_EQ(table.Resolve("/dev/shm/x", 106), (FsPath{makedev(0, 23), "/x"})) << "though covered";
  EXPECT_EQ(table.Resolve("/dev/shm", 107), (FsPath{makedev(0, 27), "/"}));
  EXPECT_EQ(table.Resolve("/mnt/a b/c", 108), (FsPath{makedev(0, 27), "/sub/c"}));
  EXPECT_EQ(table.Resolve("/mnt", 108), std::nullopt);
  EXPECT_EQ(table.Resolve("/dev/shm", 1000), std::nullopt);
}

}  // namespace
}  // namespace shmount
