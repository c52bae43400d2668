// SPDX-License-Identifier: Apache-2.0
// Extended attributes and what the kernel is told to forget, by way of a volume.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

#include "core/backing/xattr_names.h"
#include "tests/unit/temp_volume.h"

namespace shmount {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;
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

class VolumeChangesTest : public TempVolume {
 protected:
  std::vector<std::string> Forgotten(const std::string& name, bool renamed) {
    std::vector<std::string> forgotten;
    for (const Invalidation& each : volume().Changes(name, renamed)) {
      if (!each.name.empty()) {
        forgotten.push_back("name " + each.name);
      }
      if (each.id) {
        forgotten.push_back(each.id->role() == Role::kDirectory ? "directory" : "block");
      }
    }
    return forgotten;
  }
};

TEST_F(VolumeChangesTest, ANameThatCameOrWentIsForgotten) {
  EXPECT_THAT(Forgotten("a", true), UnorderedElementsAre("name a"));
  EXPECT_THAT(Forgotten("a", false), IsEmpty());
  EXPECT_THAT(Forgotten("sem.a", false), IsEmpty());
  Put("a", "text");
  EXPECT_THAT(Forgotten("a", true), UnorderedElementsAre("name a"));
  EXPECT_THAT(Forgotten("a", false), UnorderedElementsAre("name a")) << "known to be absent, maybe";
}

// The answer to an older look may reach the kernel after that to a later one, and after the event.
TEST_F(VolumeChangesTest, ANameThatCameIsForgottenThoughItWasLookedUpSince) {
  Put("a", "one!");
  Put("b", "two!");
  Look("a");
  Look("b");
  ASSERT_TRUE(backing().Rename("a", backing(), "b", RENAME_EXCHANGE));
  Look("a");
  Look("b");
  EXPECT_THAT(Forgotten("a", true), UnorderedElementsAre("name a", "block"));
  EXPECT_THAT(Forgotten("b", true), UnorderedElementsAre("name b", "block"));
}

TEST_F(VolumeChangesTest, WhatTheMountMadeTheKernelKnows) {
  Make(NodeId::Root(), "a", "");
  EXPECT_THAT(Forgotten("a", true), UnorderedElementsAre("block"));
  EXPECT_EQ(Rename("a", "b"), 0);
  EXPECT_THAT(Forgotten("b", true), UnorderedElementsAre("block"));
  MakeDirectory("draft");
  EXPECT_THAT(Forgotten("draft", true), UnorderedElementsAre("block", "directory"));
}

TEST_F(VolumeChangesTest, WhatTheMountMadeIsForgottenWhereItWasToldOtherwiseSince) {
  Make(NodeId::Root(), "a", "");
  Make(NodeId::Root(), "b", "");
  ASSERT_TRUE(backing().Rename("a", backing(), "b", RENAME_EXCHANGE));
  Look("a");
  ASSERT_TRUE(backing().Rename("a", backing(), "b", RENAME_EXCHANGE));
  EXPECT_THAT(Forgotten("a", true), UnorderedElementsAre("name a", "block"));
  Make(NodeId::Root(), "c", "");
  ASSERT_TRUE(backing().Rename("c", backing(), "d", 0));
  EXPECT_EQ(CodeOf(volume().Lookup(NodeId::Root(), "c", me())), ENOENT);
  ASSERT_TRUE(backing().Rename("d", backing(), "c", 0));
  EXPECT_THAT(Forgotten("c", true), UnorderedElementsAre("name c", "block"));
}

TEST_F(VolumeChangesTest, AChangeOfAKnownBlockForgetsItsAttributes) {
  Put("a", "text");
  Look("a");
  EXPECT_THAT(Forgotten("a", false), UnorderedElementsAre("block"));
  Put("a", "of another size");
  EXPECT_THAT(Forgotten("a", false), UnorderedElementsAre("block", "name a"));
  EXPECT_THAT(Forgotten("a", false), UnorderedElementsAre("block")) << "told by now";
}

TEST_F(VolumeChangesTest, ABlockThatBecomesAListForgetsItsName) {
  const auto list = MakeList({Int{1}});
  Put("a", std::string(list.bytes.size(), 'x'));
  Look("a");
  Put("a", list);
  EXPECT_THAT(Forgotten("a", false), UnorderedElementsAre("name a", "block", "directory"));
  Put("a", std::string(list.bytes.size(), 'x'));
  EXPECT_THAT(Forgotten("a", false), UnorderedElementsAre("name a", "block", "directory"));
  EXPECT_THAT(Forgotten("a", false), UnorderedElementsAre("block"));
}

TEST_F(VolumeChangesTest, AnUnlinkedBlockThatIsOpenHasALinkLess) {
  Put("a", "text");
  const auto handle = volume().Open(Id("a"), O_RDONLY, me()).value();
  ASSERT_TRUE(backing().Unlink("a"));
  EXPECT_THAT(Forgotten("a", true), UnorderedElementsAre("name a", "block"));
}

TEST_F(VolumeChangesTest, EverythingIsAllThatTheKernelKnowsOfTheRoot) {
  EXPECT_THAT(volume().Everything(), IsEmpty());
  Put("a", "text");
  const NodeId a = Id("a");
  Make(MakeDirectory("draft"), "0.int", "1");
  std::vector<std::string> names;
  bool told = false;
  for (const Invalidation& each : volume().Everything()) {
    names.push_back(each.name);
    told |= each.id == a;
  }
  EXPECT_TRUE(told);
  EXPECT_THAT(names, UnorderedElementsAre("a", "a", "draft", "draft"));
}

}  // namespace
}  // namespace shmount
