// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdint>

#include "core/backing/xattr_names.h"
#include "tests/unit/temp_volume.h"

namespace shmount {
namespace {

using Int = std::int64_t;

class VolumeXattrTest : public TempVolume {
 protected:
  int Set(NodeId id, const char* name, int flags = 0) {
    return CodeOf(volume().SetXattr(id, name, "value", flags, me()));
  }
  int Remove(NodeId id, const char* name) { return CodeOf(volume().RemoveXattr(id, name, me())); }
  int GetError(NodeId id, const char* name) { return CodeOf(volume().GetXattr(id, name, me())); }
};

TEST_F(VolumeXattrTest, BlocksListsAndDraftsKeepAUsersAttributes) {
  Put("block", "");
  Put("list", MakeList({Int{1}}));
  for (const NodeId id : {Id("block"), Id("list"), MakeDirectory("draft")}) {
    EXPECT_EQ(GetError(id, "user.x"), ENODATA);
    EXPECT_EQ(Set(id, "user.x"), 0);
    EXPECT_EQ(Set(id, "user.x", XATTR_CREATE), EEXIST);
    EXPECT_EQ(volume().GetXattr(id, "user.x", me()).value(), "value");
    EXPECT_EQ(volume().ListXattr(id, me()).value(), std::string("user.x\0", 7));
    EXPECT_EQ(Remove(id, "user.x"), 0);
    EXPECT_EQ(Remove(id, "user.x"), ENODATA);
  }
}

TEST_F(VolumeXattrTest, OursAreReadButNotListedNorChanged) {
  const NodeId draft = MakeDirectory("draft");
  EXPECT_EQ(volume().ListXattr(draft, me()).value(), "");
  EXPECT_EQ(GetError(draft, kDraftXattr), 0);
  EXPECT_EQ(Set(draft, kDraftXattr), EPERM);
  EXPECT_EQ(Remove(draft, kDraftXattr), EPERM);
  EXPECT_EQ(Set(draft, "user.shmount.new"), EPERM);
  EXPECT_TRUE(Find("draft").HasXattr(kDraftXattr).value());
}

TEST_F(VolumeXattrTest, OtherNamespacesAreNotSupported) {
  Put("block", "");
  const NodeId id = Id("block");
  for (const char* name : {"system.posix_acl_access", "security.x", "trusted.x", "x"}) {
    EXPECT_EQ(GetError(id, name), ENOTSUP) << name;
    EXPECT_EQ(Set(id, name), ENOTSUP) << name;
    EXPECT_EQ(Remove(id, name), ENOTSUP) << name;
  }
}

TEST_F(VolumeXattrTest, ElementsAndTheRootHaveNone) {
  Put("list", MakeList({Int{1}}));
  for (const NodeId id : {Id("0.int", Id("list")), Id(".values", Id("list")), NodeId::Root()}) {
    EXPECT_EQ(GetError(id, "user.x"), ENODATA);
    EXPECT_EQ(volume().ListXattr(id, me()).value(), "");
    EXPECT_EQ(Set(id, "user.x"), ENOTSUP);
    EXPECT_EQ(Remove(id, "user.x"), ENOTSUP);
  }
}

}  // namespace
}  // namespace shmount
