// SPDX-License-Identifier: Apache-2.0
#include "core/proc/mount_table.h"

#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include "core/proc/maps.h"
#include "core/proc/process.h"

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

TEST(ParseMapping, Lines) {
  const auto shared = ParseMapping(
      "7fda489ba000-7fda489bc000 rw-s 00000000 00:2f 2                          /tmp/x y");
  ASSERT_TRUE(shared);
  EXPECT_EQ(shared->device, makedev(0, 0x2f));
  EXPECT_EQ(shared->inode, 2U);
  EXPECT_TRUE(shared->writable);
  EXPECT_FALSE(ParseMapping("7f00-7f01 r--s 00000000 00:2e 2 /dev/shm/blk")->writable);
  EXPECT_FALSE(ParseMapping("7f00-7f01 rw-p 00000000 00:2e 2 /dev/shm/blk")->writable);
  EXPECT_EQ(ParseMapping("7f00-7f01 rw-p 00000000 00:00 0")->inode, 0U);
  for (const char* bad : {"", "7f00", "7f00-7f01", "7f00-7f01 rw-p", "7f00-7f01 rw-p 0", "x-y z",
                          "7f00-7f01 rw-p 0 00-2e 2", "7f00-7f01 rw-p 0 00:2e x"}) {
    EXPECT_FALSE(ParseMapping(bad)) << bad;
  }
}

TEST(ProcField, Finds) {
  EXPECT_EQ(ProcField("pos:\t0\nflags:\t02\nino:\t5\n", "flags"), "02");
  EXPECT_EQ(ProcField("pos:\t0\nflags:\t02\nino:\t5", "ino"), "5");
  EXPECT_EQ(ProcField("flagship:\t0\n", "flags"), "");
  EXPECT_EQ(ProcField("", "flags"), "");
}

}  // namespace
}  // namespace shmount
