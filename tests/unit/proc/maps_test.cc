// SPDX-License-Identifier: Apache-2.0
#include "core/proc/maps.h"

#include <gtest/gtest.h>
#include <sys/sysmacros.h>

namespace shmount {
namespace {

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

}  // namespace
}  // namespace shmount
