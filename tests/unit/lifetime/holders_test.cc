// SPDX-License-Identifier: Apache-2.0
// core/lifetime/holders.h, core/store/manager_lock.h, core/lifetime/prune.h and
// core/store/upgrade.h on a directory of their own.
#include "core/lifetime/holders.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <filesystem>

#include "core/backing/xattr_names.h"
#include "core/lifetime/prune.h"
#include "core/store/create.h"
#include "core/store/manager_lock.h"
#include "core/store/upgrade.h"
#include "tests/support/list_blocks.h"

namespace shmount {
namespace {

class BackingTest : public testing::Test {
 protected:
  BackingTest() : backing_(Directory::OpenBacking(mkdtemp(path_)).value()) {}
  ~BackingTest() override { std::filesystem::remove_all(path_); }

  ino_t Make(const char* name) {
    EXPECT_TRUE(MakeBlock(backing_, name, 4096, 0600));
    return Describe(backing_, name).value().stat.st_ino;
  }
  Item ItemNamed(const char* name) { return Describe(backing_, name).value(); }

  char path_[32] = "/tmp/shmount-test-XXXXXX";
  Directory backing_;
};

/// A child that has done `prepare` and waits to be killed.
class Child {
 public:
  template <class Prepare>
  explicit Child(Prepare prepare) {
    int ready[2];
    EXPECT_EQ(pipe2(ready, O_CLOEXEC), 0);
    pid_ = fork();
    if (pid_ == 0) {
      prepare();
      (void)!write(ready[1], "x", 1);
      for (;;) {
        pause();
      }
    }
    close(ready[1]);
    char byte = 0;
    EXPECT_EQ(read(ready[0], &byte, 1), 1);
    close(ready[0]);
  }
  ~Child() { Kill(); }
  void Kill() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
      pid_ = 0;
    }
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
};

void MapOnly(const std::string& path, int flags, int protection) {
  const int fd = open(path.c_str(), flags);
  if (fd < 0 || mmap(nullptr, 4096, protection, MAP_SHARED, fd, 0) == MAP_FAILED) {
    _exit(1);
  }
  close(fd);
}

TEST_F(BackingTest, MappingsAndDescriptors) {
  const ino_t ino = Make("a");
  const std::string path = std::string(path_) + "/a";
  Child reader([&] { MapOnly(path, O_RDONLY, PROT_READ); });
  Child writer([&] { MapOnly(path, O_RDWR, PROT_READ | PROT_WRITE); });
  Child opener([&] { (void)!open(path.c_str(), O_RDONLY); });
  const auto table = HolderTable::Scan(backing_, {ino});
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

TEST_F(BackingTest, ForkedMappingsAndWhatTheyLeave) {
  const ino_t ino = Make("a");
  const std::string path = std::string(path_) + "/a";
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
  const auto of = [&] { return HolderTable::Scan(backing_, {ino}).value(); };
  EXPECT_EQ(of().Of(ino).size(), 2U);
  parent.Kill();
  const auto left = of();
  ASSERT_EQ(left.Of(ino).size(), 1U);
  EXPECT_EQ(left.Of(ino)[0].pid, grandchild);
  EXPECT_EQ(UnlinkOrphan(backing_, ItemNamed("a")).error().code, EBUSY);
  kill(grandchild, SIGKILL);
  while (kill(grandchild, 0) == 0 && !of().Of(ino).empty()) {
    usleep(1000);
  }
  EXPECT_EQ(FateOf(backing_, of(), ItemNamed("a")), Fate::kOrphan);
  EXPECT_TRUE(UnlinkOrphan(backing_, ItemNamed("a")));
  EXPECT_FALSE(backing_.Find("a"));
}

TEST_F(BackingTest, OrphansAreUnlinkedAndNoOthers) {
  const ino_t ino = Make("held");
  Make("free");
  const auto held = backing_.Find("held")->Open(O_RDONLY);
  const auto table = HolderTable::Scan(backing_, {ino});
  EXPECT_EQ(UnlinkOrphan(backing_, ItemNamed("held")).error().code, EBUSY);
  const Item item = ItemNamed("free");
  EXPECT_TRUE(UnlinkOrphan(backing_, item));
  EXPECT_EQ(UnlinkOrphan(backing_, item).error().code, ENOENT);
  Make("free");
  const Item old = ItemNamed("free");
  const auto keep = backing_.Find("free");  // so that the inode's number is not used again
  EXPECT_TRUE(backing_.Unlink("free"));
  Make("free");
  EXPECT_EQ(UnlinkOrphan(backing_, old).error().code, ESTALE);
}

TEST_F(BackingTest, ManagersLiveAsLongAsTheirClaim) {
  EXPECT_FALSE(ManagerIsAlive(backing_, "a"));
  {
    const auto claim = ClaimManager(backing_, "a");
    ASSERT_TRUE(claim);
    EXPECT_TRUE(ManagerIsAlive(backing_, "a"));
    EXPECT_FALSE(ManagerIsAlive(backing_, "b"));
    EXPECT_EQ(ClaimManager(backing_, "a").error().code, EBUSY);
    EXPECT_TRUE(ClaimManager(backing_, "b"));
    const auto other = Directory::OpenBacking("/tmp");
    EXPECT_FALSE(ManagerIsAlive(*other, "a"));
  }
  EXPECT_FALSE(ManagerIsAlive(backing_, "a"));
  EXPECT_TRUE(ClaimManager(backing_, "a"));
  EXPECT_EQ(ClaimManager(backing_, "").error().code, EINVAL);
  EXPECT_TRUE(ClaimManager(backing_, std::string(kMaxManagerId, 'x')));
  EXPECT_EQ(ClaimManager(backing_, std::string(kMaxManagerId + 1, 'x')).error().code, ENAMETOOLONG);
}

TEST_F(BackingTest, ManagedBlocksAreLeftToALivingManager) {
  const ino_t ino = Make("a");
  if (!backing_.Find("a")->SetXattr(kManagerXattr, "m", 0)) {
    GTEST_SKIP() << "no user xattrs here";
  }
  const auto table = HolderTable::Scan(backing_, {ino}).value();
  auto claim = ClaimManager(backing_, "m");
  EXPECT_EQ(FateOf(backing_, table, ItemNamed("a")), Fate::kManaged);
  EXPECT_EQ(UnlinkOrphan(backing_, ItemNamed("a")).error().code, EBUSY);
  claim->Reset();
  EXPECT_TRUE(UnlinkOrphan(backing_, ItemNamed("a")));
}

TEST_F(BackingTest, NovelNamesAndListsAppearWhole) {
  const auto name = MakeNovelBlock(backing_, 100, 0640);
  ASSERT_TRUE(name);
  EXPECT_EQ(name->size(), 12U);
  EXPECT_TRUE(name->starts_with("psm_"));
  EXPECT_EQ(ItemNamed(name->c_str()).size(), 100U);
  EXPECT_EQ(ItemNamed(name->c_str()).stat.st_mode & 0777, 0640U);
  ListBuilder builder;
  EXPECT_TRUE(builder.Add(Str{"x"}));
  EXPECT_TRUE(MakeList(backing_, "l", builder, 0600));
  EXPECT_EQ(MakeList(backing_, "l", builder, 0600).error().code, EEXIST);
  EXPECT_EQ(ItemNamed("l").kind, ItemKind::kList);
  EXPECT_EQ(CountTypes(backing_, ItemNamed("l")).value()[static_cast<int>(Type::kStr)], 1U);
}

TEST_F(BackingTest, UpgradeKeepsAllButTheLayout) {
  std::mt19937_64 random(3);
  std::vector<Value> values(20000);
  std::ranges::generate(values, [&] { return RandomValue(random); });
  const ListBlock list = MakeList(values);
  const ListBlock old = ToV1(list);
  auto file = backing_.Create("l", 0640);
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->Truncate(old.bytes.size()));
  EXPECT_TRUE(file->WriteAt(0, old.bytes));
  EXPECT_EQ(UpgradeList(backing_, "l", false).error().code, EBUSY);
  EXPECT_TRUE(UpgradeList(backing_, "l", true));
  const Item item = ItemNamed("l");
  EXPECT_EQ(item.shape, list.shape);
  EXPECT_EQ(item.stat.st_mode & 0777, 0640U);
  std::vector<std::byte> bytes(item.size());
  EXPECT_TRUE(backing_.Find("l")->Open(O_RDONLY)->ReadAt(0, bytes));
  EXPECT_EQ(bytes, list.bytes);
  EXPECT_EQ(UpgradeList(backing_, "l", false).error().code, EALREADY);
  EXPECT_EQ(TakeInventory(backing_).value().size(), 1U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(path_), {}), 1);

  Make("block");
  EXPECT_EQ(UpgradeList(backing_, "block", false).error().code, ESTALE);
  EXPECT_EQ(UpgradeList(backing_, "none", false).error().code, ENOENT);
}

}  // namespace
}  // namespace shmount
