// SPDX-License-Identifier: Apache-2.0
#include "core/lifetime/prune.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "core/backing/xattr_names.h"
#include "core/store/create.h"
#include "core/store/manager_lock.h"
#include "tests/unit/child.h"
#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

class PruneTest : public TempBacking {
 protected:
  ino_t Make(const char* name) const {
    EXPECT_TRUE(MakeBlock(backing(), name, 4096, 0600));
    return StatOf(name).st_ino;
  }
  Item ItemNamed(const char* name) const { return Describe(backing(), name).value(); }
};

TEST_F(PruneTest, ForkedMappingsAndWhatTheyLeave) {
  const ino_t ino = Make("a");
  const std::string path = Path("a");
  pid_t grandchild = 0;
  void* shared = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(shared, MAP_FAILED);
  Child parent([&] {
    MapOnly(path, O_RDWR, PROT_READ | PROT_WRITE);
    const pid_t pid = fork();
    if (pid == 0) {
      for (;;) {
        pause();
      }
    }
    *static_cast<volatile pid_t*>(shared) = pid;
  });
  grandchild = *static_cast<volatile pid_t*>(shared);
  munmap(shared, 4096);
  const auto of = [&] { return HolderTable::Scan(backing(), {ino}).value(); };
  EXPECT_EQ(of().Of(ino).size(), 2U);
  parent.Kill();
  const auto left = of();
  ASSERT_EQ(left.Of(ino).size(), 1U);
  EXPECT_EQ(left.Of(ino)[0].pid, grandchild);
  EXPECT_EQ(UnlinkOrphan(backing(), ItemNamed("a")).error().code, EBUSY);
  kill(grandchild, SIGKILL);
  while (kill(grandchild, 0) == 0 && !of().Of(ino).empty()) {
    usleep(1000);
  }
  EXPECT_EQ(FateOf(backing(), of(), ItemNamed("a")), Fate::kOrphan);
  EXPECT_TRUE(UnlinkOrphan(backing(), ItemNamed("a")));
  EXPECT_FALSE(backing().Find("a"));
}

TEST_F(PruneTest, OrphansAreUnlinkedAndNoOthers) {
  const ino_t ino = Make("held");
  Make("free");
  const auto held = backing().Find("held")->Open(O_RDONLY);
  const auto table = HolderTable::Scan(backing(), {ino});
  EXPECT_EQ(UnlinkOrphan(backing(), ItemNamed("held")).error().code, EBUSY);
  const Item item = ItemNamed("free");
  EXPECT_TRUE(UnlinkOrphan(backing(), item));
  EXPECT_EQ(UnlinkOrphan(backing(), item).error().code, ENOENT);
  Make("free");
  const Item old = ItemNamed("free");
  const auto keep = backing().Find("free");  // so that the inode's number is not used again
  EXPECT_TRUE(backing().Unlink("free"));
  Make("free");
  EXPECT_EQ(UnlinkOrphan(backing(), old).error().code, ESTALE);
}

TEST_F(PruneTest, ManagedBlocksAreLeftToALivingManager) {
  const ino_t ino = Make("a");
  if (!backing().Find("a")->SetXattr(kManagerXattr, "m", 0)) {
    GTEST_SKIP() << "no user xattrs here";
  }
  const auto table = HolderTable::Scan(backing(), {ino}).value();
  std::optional<ManagerClaim> claim(ClaimManager(area(), "m").value());
  EXPECT_EQ(FateOf(backing(), table, ItemNamed("a")), Fate::kManaged);
  EXPECT_EQ(UnlinkOrphan(backing(), ItemNamed("a")).error().code, EBUSY);
  claim.reset();
  EXPECT_TRUE(UnlinkOrphan(backing(), ItemNamed("a")));
}

}  // namespace
}  // namespace shmount
