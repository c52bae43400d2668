// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstdint>

#include "core/backing/fine_times.h"
#include "tests/unit/temp_volume.h"

namespace shmount {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;
using Int = std::int64_t;

class VolumeChangesTest : public TempVolume {
 protected:
  std::vector<std::string> Forgotten(const std::string& name, bool renamed, unsigned closes = 0) {
    std::vector<std::string> forgotten;
    for (const Invalidation& each : volume().Changes({name, renamed, closes})) {
      if (!each.name.empty()) {
        forgotten.push_back((each.gone ? "gone " : "name ") + each.name);
      }
      if (each.id) {
        forgotten.emplace_back(each.id->role() == Role::kDirectory ? "directory" : "block");
      }
    }
    for (const NodeId id : TakeForgotten()) {
      forgotten.push_back(id.role() == Role::kDirectory ? "directory" : "block");
    }
    return forgotten;
  }
};

TEST_F(VolumeChangesTest, ANameThatCameOrWentIsForgotten) {
  EXPECT_THAT(Forgotten("a", true), UnorderedElementsAre("gone a"));
  EXPECT_THAT(Forgotten("a", false), IsEmpty());
  EXPECT_THAT(Forgotten("sem.a", false), IsEmpty());
  Put("a", "text");
  EXPECT_THAT(Forgotten("a", true), UnorderedElementsAre("name a")) << "another had it, maybe";
}

// The reply to an older lookup may reach the kernel after that to a later one, and after the event.
TEST_F(VolumeChangesTest, ANameThatCameIsForgottenThoughItWasLookedUpSince) {
  Put("a", "one!");
  Put("b", "two!");
  Look("a");
  Look("b");
  ASSERT_TRUE(backing().Rename("a", backing(), "b", RENAME_EXCHANGE));
  Look("a");
  Look("b");
  EXPECT_THAT(Forgotten("a", true), UnorderedElementsAre("name a"));
  EXPECT_THAT(Forgotten("b", true), UnorderedElementsAre("name b"));
}

TEST_F(VolumeChangesTest, WhatTheMountMadeTheKernelKnows) {
  Make(NodeId::Root(), "a", "");
  EXPECT_THAT(Forgotten("a", true), IsEmpty());
  EXPECT_EQ(Rename("a", "b"), 0);
  EXPECT_THAT(Forgotten("b", true), UnorderedElementsAre("block")) << "a rename changes its time";
  MakeDirectory("draft");
  EXPECT_THAT(Forgotten("draft", true), UnorderedElementsAre("directory"));
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
  EXPECT_THAT(Forgotten("a", false), IsEmpty()) << "the kernel has been told since";
  Put("a", "more");
  EXPECT_THAT(Forgotten("a", false), UnorderedElementsAre("block"));
  EXPECT_THAT(Forgotten("a", false), IsEmpty()) << "once";
  Look("a");
  Put("a", "of another size");
  EXPECT_THAT(Forgotten("a", false), UnorderedElementsAre("block")) << "it is the same file";
}

TEST_F(VolumeChangesTest, ABlockThatBecomesAListForgetsItsName) {
  const auto list = MakeList({Int{1}});
  Put("a", std::string(list.bytes.size(), 'x'));
  Look("a");
  Put("a", list);
  EXPECT_THAT(Forgotten("a", false), UnorderedElementsAre("name a", "block", "directory"));
  Look("a");
  Put("a", std::string(list.bytes.size(), 'x'));
  EXPECT_THAT(Forgotten("a", false), UnorderedElementsAre("name a", "block", "directory"));
  Look("a");
  EXPECT_THAT(Forgotten("a", false), IsEmpty());
}

TEST_F(VolumeChangesTest, AnUnlinkedBlockThatIsOpenHasALinkLess) {
  Put("a", "text");
  const auto handle = volume().Open(Id("a"), O_RDONLY, me()).value();
  ASSERT_TRUE(backing().Unlink("a"));
  EXPECT_THAT(Forgotten("a", true), UnorderedElementsAre("gone a", "block"));
}

TEST_F(VolumeChangesTest, EverythingIsAllThatTheKernelKnowsOfTheRoot) {
  EXPECT_THAT(volume().Everything(), IsEmpty());
  Put("a", "text");
  const NodeId a = Id("a");
  Make(MakeDirectory("draft"), "0.int", "1");
  std::vector<std::string> names;
  bool cached = false;
  Put("gone", "text");
  Look("gone");
  ASSERT_TRUE(backing().Unlink("gone"));
  for (const Invalidation& each : volume().Everything()) {
    if (!each.name.empty()) {
      names.push_back((each.gone ? "gone " : "") + each.name);
    }
    cached |= each.id == a;
  }
  EXPECT_TRUE(cached);
  EXPECT_THAT(names, UnorderedElementsAre("a", "draft", "gone gone"));
}

/// Events of a list that this daemon writes, and whether they are examined.
class OwnWriteTest : public VolumeChangesTest {
 protected:
  void SetUp() override {
    VolumeChangesTest::SetUp();
    if (!IsSkipped() && !HasFineTimes(backing())) {
      GTEST_SKIP() << "the backing's times are too coarse";
    }
    Put("n", MakeList({Int{1}, Int{2}}));
    element_ = Id("0.int", Id("n"));
  }
  std::unique_ptr<FileHandle> Writer() {
    return volume().Open(element_, O_WRONLY | O_TRUNC, me()).value();
  }
  /// A store through a mapping raises no event, and after the first one changes no time. So the
  /// test stores through a mapping, and sees whether the list was examined by whether the store was
  /// found.
  void PrepareToStopUnseen(const BlockFile& file) {
    memory_ = mmap(nullptr, 8, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd(), 0);
    ASSERT_NE(memory_, MAP_FAILED);
    *static_cast<volatile std::uint64_t*>(memory_) = 2;
  }
  void StopUnseen() { *static_cast<volatile std::uint64_t*>(memory_) = 3; }
  void TearDown() override {
    if (memory_ != nullptr) {
      munmap(memory_, 8);
    }
    VolumeChangesTest::TearDown();
  }

  NodeId element_{0};
  void* memory_ = nullptr;
};

const auto kAttributes = UnorderedElementsAre("block", "directory");
const auto kAll = UnorderedElementsAre("name n", "block", "directory");

TEST_F(OwnWriteTest, IsNotLookedInto) {
  PrepareToStopUnseen(Open("n"));
  auto handle = Writer();
  EXPECT_EQ(WriteTo(*handle, 0, "7"), 0);
  handle.reset();
  StopUnseen();
  EXPECT_THAT(Forgotten("n", false), kAttributes) << "the write";
  EXPECT_THAT(Forgotten("n", false, 1), kAttributes) << "the close";
  EXPECT_THAT(Forgotten("n", false), kAll) << "nothing is left of it";
}

TEST_F(OwnWriteTest, AnothersCloseIsLookedInto) {
  PrepareToStopUnseen(Open("n"));
  auto handle = Writer();
  EXPECT_EQ(WriteTo(*handle, 0, "7"), 0);
  StopUnseen();
  EXPECT_THAT(Forgotten("n", false), kAttributes);
  EXPECT_THAT(Forgotten("n", false, 1), kAll) << "ours is still open";
}

TEST_F(OwnWriteTest, TwoClosesAreMoreThanOne) {
  PrepareToStopUnseen(Open("n"));
  auto handle = Writer();
  EXPECT_EQ(WriteTo(*handle, 0, "7"), 0);
  handle.reset();
  StopUnseen();
  EXPECT_THAT(Forgotten("n", false, 2), kAll);
}

TEST_F(OwnWriteTest, AnothersWriteIsLookedInto) {
  auto handle = Writer();
  EXPECT_EQ(WriteTo(*handle, 0, "7"), 0);
  BlockFile file = Open("n");
  const std::uint64_t count = 3;
  EXPECT_EQ(CodeOf(file.WriteAt(0, std::as_bytes(std::span(&count, 1)))), 0);
  handle.reset();
  EXPECT_THAT(Forgotten("n", false), kAll);
}

TEST_F(OwnWriteTest, AnothersWriteBeforeOursIsLookedInto) {
  auto handle = Writer();
  BlockFile file = Open("n");
  const std::uint64_t count = 3;
  EXPECT_EQ(CodeOf(file.WriteAt(0, std::as_bytes(std::span(&count, 1)))), 0);
  EXPECT_EQ(WriteTo(*handle, 0, "7"), 0);
  EXPECT_THAT(Forgotten("n", false), kAll);
}

TEST_F(OwnWriteTest, AListThatTookItsPlaceIsLookedInto) {
  Put("m", "no list");
  auto handle = Writer();
  EXPECT_EQ(WriteTo(*handle, 0, "7"), 0);
  ASSERT_TRUE(backing().Rename("m", backing(), "n", 0));
  EXPECT_THAT(Forgotten("n", false), UnorderedElementsAre("name n"));
}

}  // namespace
}  // namespace shmount
