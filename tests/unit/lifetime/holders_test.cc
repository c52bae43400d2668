// SPDX-License-Identifier: Apache-2.0
#include "core/lifetime/holders.h"

#include <gtest/gtest.h>

#include <string>

#include "core/store/create.h"
#include "tests/unit/child.h"
#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

class HoldersTest : public TempBacking {
 protected:
  ino_t Make(const char* name) const {
    EXPECT_TRUE(MakeBlock(backing(), name, 4096, 0600));
    return StatOf(name).st_ino;
  }
};

TEST_F(HoldersTest, MappingsAndDescriptors) {
  const ino_t ino = Make("a");
  const std::string path = Path("a");
  const Child reader([&] { MapOnly(path, O_RDONLY, PROT_READ); });
  const Child writer([&] { MapOnly(path, O_RDWR, PROT_READ | PROT_WRITE); });
  const Child opener([&] { (void)!open(path.c_str(), O_RDONLY); });
  const auto table = HolderTable::Scan(backing(), {ino});
  ASSERT_TRUE(table);
  const auto holders = table->Of(ino);
  ASSERT_EQ(holders.size(), 3U);
  for (const Holder& holder : holders) {
    EXPECT_EQ(holder.writable, holder.pid == writer.pid());
    EXPECT_EQ(holder.mapping, holder.pid != opener.pid());
    EXPECT_EQ(holder.descriptor, holder.pid == opener.pid());
    EXPECT_EQ(holder.uid, geteuid());
    EXPECT_FALSE(holder.through_mount);
    EXPECT_FALSE(holder.command.empty());
  }
  EXPECT_TRUE(table->Of(ino + 1).empty());
}

}  // namespace
}  // namespace shmount
