// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <sys/xattr.h>

#include <cstddef>
#include <cstdint>
#include <map>

#include "tests/fs/ops_test.h"

namespace shmount {
namespace {

class OpsDirectoryTest : public OpsTest {
 protected:
  fuse_file_info OpenDirectory(std::uint64_t node) {
    fuse_file_info fi = {};
    const auto request = Call(ops_.opendir, node, &fi);
    EXPECT_TRUE(request.opened);
    return request.opened.value_or(fi);
  }

  /// All entries, by replies of `size` bytes at most.
  std::vector<FuseDirent> ReadAll(std::uint64_t node, std::size_t size, bool plus) {
    auto fi = OpenDirectory(node);
    std::vector<FuseDirent> all;
    for (off_t at = 0;;) {
      const auto request = Call(plus ? ops_.readdirplus : ops_.readdir, node, size, at, &fi);
      EXPECT_TRUE(request.data);
      const auto some = EntriesIn(request.data.value_or(""), plus);
      EXPECT_LE(request.data.value_or("").size(), size);
      if (some.empty()) {
        break;
      }
      all.insert(all.end(), some.begin(), some.end());
      at = static_cast<off_t>(some.back().next);
    }
    EXPECT_EQ(Call(ops_.releasedir, node, &fi).error, 0);
    return all;
  }
};

TEST_F(OpsDirectoryTest, RepliesOfAnySizeListEachNameOnce) {
  for (int i = 0; i < 40; ++i) {
    Put("block" + std::to_string(i), "text");
  }
  Put("n", MakeList(std::vector<Value>(40, Value(std::int64_t{7}))));
  for (const auto& [node, names] :
       {std::pair(std::uint64_t{FUSE_ROOT_ID}, 43), std::pair(Node("n"), 42)}) {
    for (const std::size_t size : {200, 333, 1000, 65536}) {
      for (const bool plus : {false, true}) {
        std::map<std::string, int> seen;
        for (const FuseDirent& each : ReadAll(node, size, plus)) {
          EXPECT_EQ(++seen[each.name], 1) << each.name << " in " << size;
        }
        EXPECT_EQ(seen.size(), static_cast<std::size_t>(names)) << size << plus;
      }
    }
  }
}

TEST_F(OpsDirectoryTest, ReaddirPlusCountsALookupForEachEntryItGave) {
  for (int i = 0; i < 40; ++i) {
    Put("block" + std::to_string(i), "text");
  }
  auto given = ReadAll(FUSE_ROOT_ID, 1000, true);
  for (const FuseDirent& each : given) {
    if (each.name == "." || each.name == "..") {
      EXPECT_EQ(each.node, 0U) << "no lookup is counted for it";
      continue;
    }
    ASSERT_NE(each.node, 0U) << each.name;
    EXPECT_EQ(Attributes(each.node), 0) << "none is forgotten";
    ops_.forget(std::make_unique<fuse_req>(Request()).get(), each.node, 1);
    EXPECT_EQ(Attributes(each.node), ESTALE) << "and none counted for what did not fit";
  }
}

TEST_F(OpsDirectoryTest, ReaddirCountsNoLookup) {
  Put("a", "text");
  ReadAll(FUSE_ROOT_ID, 65536, false);
  EXPECT_EQ(Attributes(NodeId::Block(StatOf("a").st_ino).raw()), ESTALE);
}

TEST_F(OpsDirectoryTest, ReaddirPlusLeavesOutWhatIsGone) {
  Put("a", "text");
  Put("b", "text");
  auto fi = OpenDirectory(FUSE_ROOT_ID);
  Call(ops_.readdirplus, FUSE_ROOT_ID, 400, 0, &fi);  // the names are read ahead
  ASSERT_TRUE(backing().Unlink("a"));
  ASSERT_TRUE(backing().Unlink("b"));
  const auto request = Call(ops_.readdirplus, FUSE_ROOT_ID, 65536, 0, &fi);
  EXPECT_EQ(EntriesIn(*request.data, true).size(), 2U) << "the dots";
  EXPECT_EQ(Call(ops_.releasedir, FUSE_ROOT_ID, &fi).error, 0);
}

TEST_F(OpsDirectoryTest, OpensOnlyDirectories) {
  Put("a", "text");
  fuse_file_info fi = {};
  EXPECT_EQ(Call(ops_.opendir, Node("a"), &fi).error, ENOTDIR);
  fuse_req gone = Request();
  gone.reply_result = -ENOENT;  // the listing must be freed, which the leak checker checks
  ops_.opendir(&gone, FUSE_ROOT_ID, &fi);
  EXPECT_EQ(gone.replies, 1);
  EXPECT_EQ(Call(ops_.fsyncdir, FUSE_ROOT_ID, 0, &fi).error, 0);
}

class OpsXattrTest : public OpsTest {};

TEST_F(OpsXattrTest, ASizeOfZeroAsksHowLongTheAnswerIs) {
  Put("a", "text");
  const auto node = Node("a");
  EXPECT_EQ(Call(ops_.setxattr, node, "user.x", "value", 5, 0).error, 0);
  EXPECT_EQ(Call(ops_.getxattr, node, "user.x", 0).number, 5U);
  EXPECT_EQ(Call(ops_.getxattr, node, "user.x", 4).error, ERANGE);
  EXPECT_EQ(Call(ops_.getxattr, node, "user.x", 5).data, "value");
  EXPECT_EQ(Call(ops_.getxattr, node, "user.x", 100).data, "value");
  EXPECT_EQ(Call(ops_.getxattr, node, "user.y", 0).error, ENODATA);
  EXPECT_EQ(Call(ops_.listxattr, node, 0).number, 7U);
  EXPECT_EQ(Call(ops_.listxattr, node, 6).error, ERANGE);
  EXPECT_EQ(Call(ops_.listxattr, node, 7).data, std::string("user.x\0", 7));
  EXPECT_EQ(Call(ops_.setxattr, node, "user.x", "", 0, XATTR_CREATE).error, EEXIST);
  EXPECT_EQ(Call(ops_.removexattr, node, "user.x").error, 0);
  EXPECT_EQ(Call(ops_.removexattr, node, "user.x").error, ENODATA);
}

TEST_F(OpsXattrTest, AnEmptyAnswerFitsAnySize) {
  Put("a", "text");
  EXPECT_EQ(Call(ops_.listxattr, Node("a"), 0).number, 0U);
  EXPECT_EQ(Call(ops_.listxattr, Node("a"), 10).data, "");
}

}  // namespace
}  // namespace shmount
