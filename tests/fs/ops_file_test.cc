// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/file.h>

#include <cstddef>
#include <cstdint>
#include <new>
#include <stdexcept>

#include "core/nodes/block_handle.h"
#include "tests/fs/ops_test.h"

namespace shmount {
namespace {

class OpsFileTest : public OpsTest {};

TEST_F(OpsFileTest, ReadsAndWritesAndRepliesErrorsOnce) {
  Put("a", "0123456789");
  const auto node = Node("a");
  auto fi = OpenFile(node, O_RDWR);
  EXPECT_EQ(Call(ops_.read, node, 4, 8, &fi).data, "89");
  EXPECT_EQ(Call(ops_.read, node, 4, 100, &fi).data, "");
  EXPECT_EQ(Call(ops_.write, node, "xy", 2, 9, &fi).number, 2U);
  EXPECT_EQ(Get("a"), "012345678xy");
  EXPECT_EQ(Call(ops_.lseek, node, 0, SEEK_HOLE, &fi).number, 11U);
  EXPECT_EQ(Call(ops_.lseek, node, 100, SEEK_DATA, &fi).error, ENXIO);
  EXPECT_EQ(Call(ops_.fallocate, node, 0, 0, 4096, &fi).error, 0);
  EXPECT_EQ(StatOf("a").st_size, 4096);
  EXPECT_EQ(Call(ops_.fsync, node, 0, &fi).error, 0);
  EXPECT_EQ(Release(node, fi), 0);
  auto reading = OpenFile(node, O_RDONLY);
  EXPECT_EQ(Call(ops_.write, node, "x", 1, 0, &reading).error, EBADF);
  EXPECT_EQ(Release(node, reading), 0);
}

TEST_F(OpsFileTest, AppendingGoesToTheEndOfTheMoment) {
  Put("a", "0123");
  const auto node = Node("a");
  auto fi = OpenFile(node, O_WRONLY | O_APPEND);
  Put("a", "0123456");
  EXPECT_EQ(Call(ops_.write, node, "x", 1, 4, &fi).number, 1U);
  EXPECT_EQ(Get("a"), "0123456x");
  EXPECT_EQ(Release(node, fi), 0);
}

TEST_F(OpsFileTest, ElementsHaveNoMemoryToSeekOrAllocate) {
  Put("n", MakeList({std::int64_t{1}}));
  const auto node = Node("0.int", Node("n"));
  auto fi = OpenFile(node, O_RDWR);
  EXPECT_EQ(fi.direct_io, 1U);
  EXPECT_EQ(fi.backing_id, 0);
  EXPECT_EQ(Call(ops_.read, node, 10, 0, &fi).data, "1\n");
  EXPECT_EQ(Call(ops_.write, node, "x", 1, 0, &fi).error, EINVAL);
  EXPECT_EQ(Call(ops_.fallocate, node, 0, 0, 8, &fi).error, EOPNOTSUPP);
  EXPECT_EQ(Call(ops_.lseek, node, 0, SEEK_DATA, &fi).error, EINVAL);
  EXPECT_EQ(Call(ops_.fsync, node, 0, &fi).error, 0);
  EXPECT_EQ(Release(node, fi), 0);
}

TEST_F(OpsFileTest, OnlyTheCloseOfAWrittenStrHasSomethingToSay) {
  Put("a", "text");
  Put("n", MakeList({std::int64_t{1}, Str{std::string(600, 'o')}}));
  const auto str = Node("1.str", Node("n"));
  for (const auto node : {Node("a"), Node("0.int", Node("n")), str, Node("1", Node("n"))}) {
    for (const int flags : {O_RDONLY, O_RDWR}) {
      auto fi = OpenFile(node, flags);
      const bool writes_str = flags == O_RDWR && (node == str || node == Node("1", Node("n")));
      EXPECT_EQ(fi.noflush, writes_str ? 0U : 1U);
      EXPECT_EQ(Call(ops_.flush, node, &fi).error, 0);
      EXPECT_EQ(Release(node, fi), 0);
    }
  }
  const std::string cut = std::string(599, 'a') + "\xc3";
  auto fi = OpenFile(str, O_RDWR);
  EXPECT_EQ(Call(ops_.write, str, cut.data(), cut.size(), 0, &fi).number, cut.size());
  EXPECT_EQ(Call(ops_.flush, str, &fi).error, EILSEQ);
  EXPECT_EQ(Call(ops_.fsync, str, 0, &fi).error, EILSEQ);
  EXPECT_EQ(Release(str, fi), 0);
}

/// Throws whatever it is asked to.
class ThrowingHandle final : public FileHandle {
 public:
  Result<std::size_t> Read(std::uint64_t, std::span<std::byte>) override { throw std::bad_alloc(); }
  Result<std::size_t> Write(std::uint64_t, std::span<const std::byte>) override {
    throw std::runtime_error("write");
  }
  Result<std::size_t> Append(std::span<const std::byte>) override {
    throw std::runtime_error("append");
  }
  Status Truncate(std::uint64_t) override { throw 1; }
};

TEST_F(OpsFileTest, WhatIsThrownBecomesAReply) {
  Put("n", MakeList({std::int64_t{1}}));
  const auto node = Node("0.int", Node("n"));
  fuse_file_info fi = {};
  fi.fh = daemon().files.Keep(std::make_unique<ThrowingHandle>(), {});
  EXPECT_EQ(Call(ops_.read, node, 1, 0, &fi).error, ENOMEM);
  EXPECT_EQ(Call(ops_.write, node, "x", 1, 0, &fi).error, EIO);
  struct stat st = {};
  EXPECT_EQ(Call(ops_.setattr, node, &st, FUSE_SET_ATTR_SIZE, &fi).error, EIO);
  EXPECT_EQ(Release(node, fi), 0);
  EXPECT_EQ(Call(ops_.read, node, 1, 0, &fi).error, EIO) << "a number that means nothing by now";
}

TEST_F(OpsFileTest, OpensOfOneBlockShareABackingId) {
  Put("a", "text");
  Put("b", "text");
  const auto node = Node("a");
  const auto first = OpenFile(node, O_RDONLY);
  const auto second = OpenFile(node, O_RDWR);
  const auto other = OpenFile(Node("b"), O_RDONLY);
  EXPECT_GT(first.backing_id, 0);
  EXPECT_EQ(second.backing_id, first.backing_id);
  EXPECT_NE(other.backing_id, first.backing_id);
  EXPECT_EQ(first.direct_io, 0U);
  EXPECT_EQ(Kernel().backing_ids.size(), 2U);
  EXPECT_EQ(Release(node, first), 0);
  EXPECT_EQ(Kernel().backing_ids.count(first.backing_id), 1U) << "still open";
  EXPECT_EQ(Release(node, second), 0);
  EXPECT_EQ(Kernel().backing_ids.count(first.backing_id), 0U);
  const auto again = OpenFile(node, O_RDONLY);
  EXPECT_NE(again.backing_id, first.backing_id);
  EXPECT_EQ(Release(node, again), 0);
  EXPECT_EQ(Release(Node("b"), other), 0);
}

TEST_F(OpsFileTest, OnlyPassthroughRegistersBackings) {
  Start(Access::kDirect);
  Put("a", "text");
  const auto fi = OpenFile(Node("a"), O_RDONLY);
  EXPECT_EQ(fi.backing_id, 0);
  EXPECT_EQ(fi.direct_io, 1U);
  EXPECT_TRUE(Kernel().backing_ids.empty());
  EXPECT_EQ(Release(Node("a"), fi), 0);
}

TEST_F(OpsFileTest, ARefusedRegistrationFailsTheOpen) {
  Put("a", "text");
  const auto node = Node("a");
  fuse_file_info fi = {};
  Kernel().refuse_passthrough = EPERM;
  EXPECT_EQ(Call(ops_.open, node, &fi).error, EPERM);
  const auto made = Call(ops_.create, FUSE_ROOT_ID, "b", 0600, &fi);
  EXPECT_EQ(made.error, EPERM);
  ASSERT_TRUE(backing().Unlink("a"));
  EXPECT_EQ(Attributes(node), ESTALE) << "nothing keeps it open";
  Kernel().refuse_passthrough = 0;
  EXPECT_EQ(Attributes(NodeId::Block(StatOf("b").st_ino).raw()), ESTALE) << "no lookup is counted";
}

TEST_F(OpsFileTest, AnOpenWhoseCallerIsGoneIsUndone) {
  Put("a", "text");
  const auto node = Node("a");
  fuse_req request = Request();
  request.reply_result = -ENOENT;
  fuse_file_info fi = {};
  ops_.open(&request, node, &fi);
  EXPECT_EQ(request.replies, 1);
  EXPECT_TRUE(Kernel().backing_ids.empty());
  ASSERT_TRUE(backing().Unlink("a"));
  EXPECT_EQ(Attributes(node), ESTALE) << "the handle is closed";
}

TEST_F(OpsFileTest, ACreateWhoseCallerIsGoneIsUndone) {
  fuse_req request = Request();
  request.reply_result = -ENOENT;
  fuse_file_info fi = {};
  fi.flags = O_RDWR;
  ops_.create(&request, FUSE_ROOT_ID, "a", 0600, &fi);
  EXPECT_EQ(request.replies, 1);
  EXPECT_TRUE(Kernel().backing_ids.empty());
  ASSERT_TRUE(request.entry);
  EXPECT_EQ(Attributes(request.entry->ino), ESTALE) << "its lookup is taken back";
  EXPECT_TRUE(Exists("a"));
}

TEST_F(OpsFileTest, CreatesAndOpensInOne) {
  fuse_file_info fi = {};
  fi.flags = O_RDWR;
  const auto made = Call(ops_.create, FUSE_ROOT_ID, "a", 0640, &fi);
  ASSERT_TRUE(made.entry && made.opened);
  EXPECT_EQ(made.entry->ino, Node("a"));
  EXPECT_GT(made.opened->backing_id, 0);
  EXPECT_EQ(ModeOf("a"), 0640U);
  EXPECT_EQ(Release(made.entry->ino, *made.opened), 0);
  EXPECT_EQ(Call(ops_.create, FUSE_ROOT_ID, "sem.a", 0600, &fi).error, EPERM);
}

TEST_F(OpsFileTest, NoUserHasAllThatCanBeOpen) {
  Put("a", "text", 0666);
  const auto node = Node("a");
  daemon().open_shares.SetTotal(4);
  fuse_file_info fi = {};
  const auto open_as = [&](uid_t user) {
    fuse_req request = Request();
    request.context.uid = user;
    ops_.open(&request, node, &fi);
    fi = request.opened.value_or(fi);
    return request.error.value_or(0);
  };
  EXPECT_EQ(open_as(1001), 0);
  const auto first = fi;
  EXPECT_EQ(open_as(1001), 0);
  const auto second = fi;
  EXPECT_EQ(open_as(1001), EMFILE);
  fuse_req request = Request();
  request.context.uid = 1001;
  ops_.opendir(&request, FUSE_ROOT_ID, &fi);
  EXPECT_EQ(request.error, EMFILE);
  fuse_req create = Request();
  create.context.uid = 1001;
  fi.flags = O_RDWR;
  ops_.create(&create, FUSE_ROOT_ID, "b", 0600, &fi);
  EXPECT_EQ(create.error, EMFILE);
  EXPECT_FALSE(Exists("b"));
  EXPECT_EQ(open_as(1002), 0) << "others have something left";
  const auto other = fi;
  EXPECT_EQ(Release(node, first), 0);
  EXPECT_EQ(open_as(1001), EMFILE) << "half of what others leave";
  EXPECT_EQ(Release(node, other), 0);
  EXPECT_EQ(open_as(1001), 0);
  EXPECT_EQ(Release(node, second), 0);
  EXPECT_EQ(Release(node, fi), 0);
}

TEST_F(OpsFileTest, LocksBlocks) {
  Put("a", "text");
  const auto node = Node("a");
  auto fi = OpenFile(node, O_RDONLY);
  const BlockFile other = Open("a");
  ASSERT_TRUE(other.Lock(LOCK_EX));
  EXPECT_EQ(Call(ops_.flock, node, &fi, LOCK_EX | LOCK_NB).error, EWOULDBLOCK);
  fuse_req interrupted = Request();
  interrupted.interrupted = true;
  fuse_req waiting = Request();
  {
    OpenBlocks blocks;
    LockWaiters waiters;
    const std::shared_ptr<FileHandle> block = MakeBlockHandle(blocks, 1, Open("a")).value();
    ASSERT_TRUE(waiters.Wait(&interrupted, block, LOCK_EX));
    ASSERT_TRUE(waiters.Wait(&waiting, block, LOCK_EX));
  }  // its destructor interrupts the waiters
  EXPECT_EQ(interrupted.replies, 1);
  EXPECT_EQ(interrupted.error, EINTR);
  EXPECT_EQ(waiting.replies, 1);
  EXPECT_EQ(waiting.error, EINTR);
  ASSERT_TRUE(other.Lock(LOCK_UN));
  EXPECT_EQ(Call(ops_.flock, node, &fi, LOCK_EX).error, 0);
  EXPECT_EQ(Release(node, fi), 0);
}

}  // namespace
}  // namespace shmount
