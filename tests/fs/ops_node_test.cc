// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <chrono>
#include <cstdint>

#include "fs/session/cache_invalidator.h"
#include "tests/fs/ops_test.h"

namespace shmount {
namespace {

using testing::Contains;

class OpsNodeTest : public OpsTest {};

TEST_F(OpsNodeTest, LooksUpAndForgets) {
  Put("a", "some text");
  const auto found = Call(ops_.lookup, FUSE_ROOT_ID, "a");
  ASSERT_TRUE(found.entry);
  EXPECT_EQ(found.entry->ino, NodeId::Block(StatOf("a").st_ino).raw());
  EXPECT_EQ(found.entry->attr.st_size, 9);
  EXPECT_EQ(found.entry->entry_timeout, kUnseen);
  EXPECT_EQ(Call(ops_.getattr, found.entry->ino, nullptr).attr->st_size, 9);
  const auto again = Node("a");
  fuse_forget_data forgets[] = {{again, 2}};
  Call(ops_.forget_multi, 1, forgets);
  EXPECT_EQ(Attributes(again), ESTALE);
}

TEST_F(OpsNodeTest, ThatANameIsAbsentIsNotKept) {
  EXPECT_EQ(Call(ops_.lookup, FUSE_ROOT_ID, "absent").error, ENOENT);
  Put("n", MakeList({true}));
  EXPECT_EQ(Call(ops_.lookup, Node("n"), "0.int").error, ENOENT);
  EXPECT_EQ(Call(ops_.lookup, FUSE_ROOT_ID, std::string(256, 'x').c_str()).error, ENAMETOOLONG);
}

TEST_F(OpsNodeTest, SetsWhatTheFlagsSay) {
  Put("a", "text", 0600);
  const auto node = Node("a");
  struct stat st = {};
  st.st_mode = S_IFREG | 0640;
  st.st_size = 2;
  st.st_mtim = {1000, 5};
  const auto before = StatOf("a");
  const auto set = [&](int flags) { return Call(ops_.setattr, node, &st, flags, nullptr); };
  EXPECT_EQ(set(FUSE_SET_ATTR_MODE).attr->st_mode, S_IFREG | mode_t{0640});
  EXPECT_EQ(StatOf("a").st_size, 4);
  EXPECT_EQ(set(FUSE_SET_ATTR_SIZE).attr->st_size, 2);
  EXPECT_EQ(set(FUSE_SET_ATTR_MTIME).attr->st_mtim.tv_sec, 1000);
  EXPECT_EQ(StatOf("a").st_atim.tv_sec, before.st_atim.tv_sec);
  EXPECT_GT(set(FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_MTIME_NOW).attr->st_mtim.tv_sec, 1000);
  EXPECT_EQ(Call(ops_.setattr, FUSE_ROOT_ID, &st, FUSE_SET_ATTR_MODE, nullptr).error, EPERM);
}

TEST_F(OpsNodeTest, MakesRenamesAndRemovesNames) {
  EXPECT_TRUE(Call(ops_.mknod, FUSE_ROOT_ID, "a", S_IFREG | 0600, 0).entry);
  EXPECT_EQ(Call(ops_.mknod, FUSE_ROOT_ID, "b", S_IFIFO | 0600, 0).error, EPERM);
  EXPECT_TRUE(Call(ops_.mkdir, FUSE_ROOT_ID, "d", 0700).entry);
  EXPECT_EQ(Call(ops_.mkdir, FUSE_ROOT_ID, "d", 0700).error, EEXIST);
  EXPECT_EQ(Call(ops_.symlink, "a", FUSE_ROOT_ID, "s").error, EPERM);
  EXPECT_TRUE(Call(ops_.link, Node("a"), FUSE_ROOT_ID, "c").entry);
  EXPECT_EQ(Call(ops_.rename, FUSE_ROOT_ID, "c", FUSE_ROOT_ID, "e", 0).error, 0);
  EXPECT_EQ(Call(ops_.rename, FUSE_ROOT_ID, "c", FUSE_ROOT_ID, "e", 0).error, ENOENT);
  EXPECT_EQ(Call(ops_.unlink, FUSE_ROOT_ID, "e").error, 0);
  EXPECT_EQ(Call(ops_.unlink, FUSE_ROOT_ID, "d").error, ESTALE);
  EXPECT_EQ(Call(ops_.rmdir, FUSE_ROOT_ID, "d").error, 0);
  EXPECT_EQ(Call(ops_.rmdir, FUSE_ROOT_ID, "a").error, ESTALE);
  EXPECT_THAT(Names(), testing::ElementsAre(testing::StartsWith(".shmount-"), "a"))
      << "the staging directory is kept while mounted";
}

TEST_F(OpsNodeTest, ReadsLinksAndTheSizeOfTheBacking) {
  Put("a", "text");
  EXPECT_EQ(Call(ops_.readlink, Node("a")).error, EINVAL);
  EXPECT_EQ(Call(ops_.statfs, FUSE_ROOT_ID).number, backing().StatFs()->f_blocks);
  Start(Access::kLink);
  EXPECT_EQ(Call(ops_.readlink, Node("a")).data, Path("a"));
}

TEST_F(OpsNodeTest, AccessIsTheKernelsAnswerForTheCaller) {
  Put("a", "text", 0600);
  if (geteuid() == 0) {
    EXPECT_EQ(Call(ops_.access, Node("a"), R_OK).error, ENOSYS) << "for root alone none is asked";
    Start(Access::kPassthrough, true);
  }
  EXPECT_EQ(Call(ops_.access, Node("a"), R_OK | W_OK).error, 0);
  EXPECT_EQ(Call(ops_.access, Node("a"), X_OK).error, EACCES);
  EXPECT_EQ(Call(ops_.access, FUSE_ROOT_ID, X_OK).error, 0);
  if (geteuid() != 0) {
    GTEST_SKIP() << "takes root, to act as another user";
  }
  fuse_req other = Request();
  other.context.uid = other.context.gid = 61001;
  ops_.access(&other, Node("a"), R_OK);
  EXPECT_EQ(other.replies, 1);
  EXPECT_EQ(other.error, EACCES);
}

TEST_F(OpsNodeTest, InitTakesPassthroughWhereItIsWanted) {
  for (const Access access : {Access::kPassthrough, Access::kDirect}) {
    Start(access);
    bool told = false;
    daemon().on_init = [&](bool passthrough) { told = passthrough; };
    fuse_conn_info conn = {};
    conn.capable_ext = ~std::uint64_t{0};
    ops_.init(&daemon(), &conn);
    EXPECT_TRUE(told);
    EXPECT_EQ((conn.want_ext & FUSE_CAP_PASSTHROUGH) != 0, access == Access::kPassthrough);
    EXPECT_EQ(conn.want_ext & FUSE_CAP_WRITEBACK_CACHE, 0U) << "no second copy";
    conn = {};
    ops_.init(&daemon(), &conn);
    EXPECT_FALSE(told);
  }
}

TEST_F(OpsNodeTest, TheInvalidatorTellsOfEvents) {
  auto watch = Watch::Reserve(path());
  if (!watch) {
    GTEST_SKIP() << "no inotify watch left";
  }
  Put("a", "text");
  const auto node = Node("a");
  Put("known", "");
  Node("known");
  Kernel().expires = false;
  {
    Invalidator invalidator(nullptr, *daemon().volume, *std::move(watch));
    invalidator.AwaitStart(std::chrono::minutes(2));
    EXPECT_TRUE(invalidator.watching());
    Put("b", "text");
    Put("a", "of another size");
    ASSERT_TRUE(backing().Rename("known", backing(), "moved", 0));
    ASSERT_TRUE(backing().Rename("moved", backing(), "known", 0));
    Put("end", "");
    ToldOfEnd().wait(false);
  }
  EXPECT_THAT(Kernel().forgotten_names, Contains("1/b"));
  EXPECT_THAT(Kernel().expired_names, Contains("1/b"));
  EXPECT_THAT(Kernel().expired_names, Contains("1/known"));
  EXPECT_THAT(Kernel().forgotten_names, Contains("1/known")) << "this kernel expires no names";
  EXPECT_THAT(Kernel().forgotten_nodes, Contains(node));
  EXPECT_THAT(Kernel().forgotten_nodes, Contains(std::uint64_t{FUSE_ROOT_ID}));
}

}  // namespace
}  // namespace shmount
