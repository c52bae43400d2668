// SPDX-License-Identifier: Apache-2.0
// Lists, by way of a volume.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <thread>

#include "core/backing/block_file.h"
#include "core/backing/xattr_names.h"
#include "core/list/assign.h"
#include "core/list/read.h"
#include "tests/unit/temp_volume.h"

namespace shmount {
namespace {

using testing::ElementsAre;
using Int = std::int64_t;

class VolumeListTest : public TempVolume {
 protected:
  NodeId MakeListNode(const std::vector<Value>& values, mode_t mode = 0600) {
    list_ = MakeList(values);
    Put("n", list_, mode);
    return Id("n");
  }
  // Stores to the block as an attached program does.
  void Assign(std::uint64_t index, const Value& value) {
    BlockFile file = Open("n");
    ASSERT_TRUE(AssignElement(file, list_.shape, index, value));
  }
  Value At(std::uint64_t index) { return ReadElement(Open("n"), list_.shape, index).value(); }
  int CreateError(const char* name, NodeId list) {
    return CodeOf(volume().Create(list, name, 0600, O_WRONLY | O_CREAT, me()));
  }
  ListBlock list_;
};

TEST_F(VolumeListTest, ThreadsThatAssignToOneElementLeaveOneOfTheirValues) {
  const NodeId list = MakeListNode({Int{7}, Str{"x"}});
  const auto assign = [&](const char* name, std::string_view text) {
    const auto opened = volume().Create(list, name, 0600, O_WRONLY | O_CREAT, me());
    ASSERT_TRUE(opened);
    ASSERT_TRUE(opened->handle->Write(0, std::as_bytes(std::span(text))));
  };
  for (int round = 0; round < 2000; ++round) {
    std::thread other([&] { assign("0.int", "8"); });
    assign("0.str", "other");
    other.join();
    const auto value = ReadElement(Open("n"), list_.shape, 0);
    ASSERT_TRUE(value) << round;
    ASSERT_TRUE(*value == Value(Int{8}) || *value == Value(Str{"other"})) << round;
  }
}

TEST_F(VolumeListTest, ListsElementsInOrder) {
  std::vector<Value> values(11, Value(Int{7}));
  values[3] = Str{"x"};
  const NodeId list = MakeListNode(values);
  EXPECT_THAT(List(list), ElementsAre("00.int", "01.int", "02.int", "03.str", "04.int", "05.int",
                                      "06.int", "07.int", "08.int", "09.int", "10.int"));
  list_.PutFormat(5, "zz");
  Put("n", list_);
  EXPECT_EQ(List(Id("n"))[5], "05") << "a damaged one has no type";
}

TEST_F(VolumeListTest, FindsAnElementByAllItsNames) {
  std::vector<Value> values(11, Value(Int{7}));
  values[10] = Str{"last"};
  const NodeId list = MakeListNode(values, 0640);
  const auto ino = Look("10.str", list).attr.st_ino;
  for (const char* name : {"10.str", "10", "010", "-1"}) {
    EXPECT_EQ(LookError(name, list), 0) << name;
    EXPECT_EQ(Look(name, list).attr.st_ino, ino) << name;
    EXPECT_EQ(Text(Id(name, list)), "last\n") << name;
  }
  const Found found = Look("10.str", list);
  EXPECT_EQ(found.attr.st_mode, S_IFREG | mode_t{0640});
  EXPECT_EQ(found.attr.st_size, 5);
  EXPECT_EQ(found.attr_ttl, 0) << "stores give no event";
  for (const char* name : {"10.int", "11", "11.int", "-12", "x", "10.", "10.text", ".other"}) {
    EXPECT_EQ(LookError(name, list), ENOENT) << name;
  }
  EXPECT_EQ(LookError("x", Id("0.int", list)), ENOTDIR);
}

TEST_F(VolumeListTest, ATypedNodeIsStaleWhenTheTypeIsAnother) {
  const NodeId list = MakeListNode({Int{1}, Int{2}});
  const NodeId typed = Id("0.int", list);
  const NodeId bare = Id("0", list);
  Assign(0, 2.5);
  EXPECT_EQ(AttrError(typed), ESTALE);
  EXPECT_EQ(OpenError(typed, O_RDONLY), ESTALE);
  EXPECT_EQ(Text(bare), "2.5\n");
  EXPECT_EQ(LookError("0.int", list), ENOENT);
  EXPECT_EQ(Text(Id("0.float", list)), "2.5\n");
}

TEST_F(VolumeListTest, WritesElements) {
  const NodeId list = MakeListNode({Int{1}, Str{"text"}});
  EXPECT_EQ(Write(Id("0.int", list), "42\n"), 0);
  EXPECT_EQ(At(0), Value(Int{42}));
  EXPECT_EQ(Write(Id("0", list), "x"), EINVAL);
  EXPECT_EQ(Write(Id("-1", list), "longer than its slot"), EFBIG);
  EXPECT_EQ(At(1), Value(Str{"text"}));
  const NodeId text = Id("1.str", list);
  EXPECT_EQ(CodeOf(volume().SetAttr(text, WithSize(2), nullptr, me())), 0);
  EXPECT_EQ(At(1), Value(Str{"te"}));
  EXPECT_EQ(CodeOf(volume().SetAttr(list, WithSize(0), nullptr, me())), EISDIR);
}

TEST_F(VolumeListTest, CreatingAnotherTypeChangesIt) {
  const NodeId list = MakeListNode({Int{1}, Int{2}, Int{3}});
  const auto ino = Look("0", list).attr.st_ino;
  {
    const auto made = volume().Create(list, "0.str", 0600, O_WRONLY | O_CREAT, me()).value();
    EXPECT_EQ(AttrError(made.found.id), 0) << "it stays valid while it is open";
    EXPECT_EQ(made.found.attr.st_ino, ino);
    EXPECT_EQ(At(0), Value(Int{1}));
    EXPECT_EQ(WriteTo(*made.handle, 0, "dry"), 0);
  }
  EXPECT_EQ(At(0), Value(Str{"dry"}));
  EXPECT_EQ(Look("0.str", list).attr.st_ino, ino);
  EXPECT_EQ(CreateError("1.none", list), 0);
  EXPECT_EQ(At(1), Value(None{}));
  {
    const auto none = volume().Create(list, "0.none", 0600, O_WRONLY | O_CREAT, me()).value();
    EXPECT_EQ(WriteTo(*none.handle, 0, "x"), EINVAL);
  }
  EXPECT_EQ(At(0), Value(Str{"dry"})) << "a refused value leaves the old one";
  EXPECT_EQ(CreateError("2.str", list), 0);
  EXPECT_EQ(At(2), Value(Str{""})) << "touch 2.str";
  const auto made = volume().Create(list, "2.int", 0600, O_WRONLY | O_CREAT, me()).value();
  EXPECT_EQ(WriteTo(*made.handle, 0, "x"), EINVAL);
  EXPECT_EQ(At(2), Value(Str{""}));
}

TEST_F(VolumeListTest, NothingElseIsMadeInAList) {
  const NodeId list = MakeListNode({Int{1}});
  for (const char* name : {"1.int", "18446744073709551616.int", "1", "-2"}) {
    EXPECT_EQ(CreateError(name, list), EPERM) << name;
  }
  EXPECT_EQ(CodeOf(volume().MakeDirectory(list, "d", 0700, me())), EPERM);
  EXPECT_EQ(CodeOf(volume().MakeNode(list, "d", S_IFREG | 0600, me())), EPERM);
  Put("block", "");
  EXPECT_EQ(CodeOf(volume().Link(Id("block"), list, "0.int", me())), EPERM);
  EXPECT_EQ(RemoveDirectory("0.int", list), ENOTDIR);
  EXPECT_EQ(At(0), Value(Int{1}));
}

TEST_F(VolumeListTest, RemovedElementsAreHiddenAndTheListGoesWithTheLast) {
  const NodeId list = MakeListNode({Int{1}, Int{2}});
  const NodeId first = Id("0.int", list);
  EXPECT_EQ(Unlink("0.int", list), 0);
  EXPECT_EQ(LookError("0.int", list), ENOENT);
  EXPECT_EQ(LookError("0", list), ENOENT);
  EXPECT_EQ(AttrError(first), ESTALE);
  EXPECT_THAT(List(list), ElementsAre("1.int"));
  EXPECT_EQ(At(0), Value(Int{1})) << "the value is left alone";
  EXPECT_EQ(RemoveDirectory("n"), ENOTEMPTY);
  EXPECT_EQ(Unlink("2.int", list), ENOENT);
  EXPECT_EQ(Unlink(".values", list), EPERM);
  EXPECT_EQ(CreateError("0.int", list), 0);
  EXPECT_EQ(LookError("0.int", list), 0) << "made anew it shows again";
  EXPECT_EQ(Unlink("0.int", list), 0);
  EXPECT_EQ(Unlink("1.int", list), 0);
  EXPECT_THAT(List(list), ElementsAre());
  EXPECT_EQ(RemoveDirectory("n"), 0);
  EXPECT_THAT(Names(), ElementsAre());
}

TEST_F(VolumeListTest, ANewMountShowsHiddenElements) {
  Unlink("0.int", MakeListNode({Int{1}, Int{2}}));
  Start({});
  EXPECT_THAT(List(Id("n")), ElementsAre("0.int", "1.int"));
}

TEST_F(VolumeListTest, RenamingConverts) {
  const NodeId list = MakeListNode({2.5, Str{"12"}, Str{"word"}, Int{7}});
  struct Case {
    const char* from;
    const char* to;
    unsigned flags;
    int code;
  };
  const Case cases[] = {
      {"0.float", "0.str", 0, 0},      {"1.str", "1.int", 0, 0},
      {"2.str", "2.int", 0, EINVAL},   {"3.int", "2.int", 0, EPERM},
      {"3.int", "3", 0, EPERM},        {"3.int", "note", 0, EPERM},
      {"3.int", "4.int", 0, EPERM},    {"note", "3.int", 0, ENOENT},
      {"3.str", "3.float", 0, ESTALE}, {"3.int", "3.str", RENAME_EXCHANGE, EPERM},
      {"3", "3.float", 0, 0},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Rename(c.from, c.to, list, c.flags), c.code) << c.from << " " << c.to;
  }
  EXPECT_EQ(At(0), Value(Str{"2.5"}));
  EXPECT_EQ(At(1), Value(Int{12}));
  EXPECT_EQ(At(2), Value(Str{"word"}));
  EXPECT_EQ(At(3), Value(7.0));
}

TEST_F(VolumeListTest, HiddenFilesAreFoundAndNotListed) {
  const NodeId list = MakeListNode({Int{1}, Str{"x"}}, 0640);
  EXPECT_EQ(Text(Id(".values", list)), "0\tint\t1\n1\tstr\tx\n");
  EXPECT_EQ(Text(Id(".format", list)), "q8s\n");
  EXPECT_EQ(Text(Id(".shm", list)), Get("n"));
  EXPECT_EQ(Look(".values", list).attr.st_mode, S_IFREG | mode_t{0440});
  for (const char* name : {".values", ".format"}) {
    EXPECT_EQ(OpenError(Id(name, list), O_WRONLY), EACCES) << name;
    EXPECT_EQ(Chmod(Id(name, list), 0600), EPERM) << name;
  }
  EXPECT_EQ(Id(".shm", list), NodeId::Block(StatOf("n").st_ino));
  EXPECT_THAT(List(list), ElementsAre("0.int", "1.str"));
  EXPECT_EQ(Unlink(".shm", list), 0);
  EXPECT_THAT(Names(), ElementsAre());
  EXPECT_EQ(AttrError(list), ESTALE);
}

TEST_F(VolumeListTest, ChangesTheBlocksMode) {
  const NodeId list = MakeListNode({Int{1}}, 0600);
  EXPECT_EQ(Chmod(list, 0550), 0);
  EXPECT_EQ(ModeOf("n"), 0640U);
  EXPECT_EQ(Chmod(Id("0.int", list), 0664), 0);
  EXPECT_EQ(ModeOf("n"), 0664U);
  EXPECT_EQ(Chmod(Id(".shm", list), 0600), 0);
  EXPECT_EQ(ModeOf("n"), 0600U);
}

TEST_F(VolumeListTest, ABlockThatIsNoListAnyMoreIsStale) {
  const NodeId list = MakeListNode({Int{1}});
  const NodeId element = Id("0.int", list);
  const auto handle = volume().Open(element, O_RDONLY, me()).value();
  Put("n", "no list by now, and of another length than it was");
  EXPECT_EQ(AttrError(list), ESTALE);
  EXPECT_EQ(AttrError(element), ESTALE);
  EXPECT_EQ(LookError("0.int", list), ESTALE);
  EXPECT_EQ(CreateError("0.str", list), ESTALE);
  EXPECT_EQ(Look("n").id.role(), Role::kBlock);
}

TEST_F(VolumeListTest, AListStaysOneBetweenThePythonsStores) {
  const NodeId list = MakeListNode({Int{1}, Int{2}});
  auto between = list_;
  between.PutFormat(0, "");
  BlockFile file = Open("n");
  ASSERT_TRUE(file.WriteAt(0, between.bytes));
  EXPECT_EQ(Id("n"), list);
  EXPECT_EQ(Text(Id("1.int", list)), "2\n");
  Start({});
  EXPECT_EQ(Id("n").role(), Role::kBlock) << "what is being made is no list yet";
  ASSERT_TRUE(file.WriteAt(0, list_.bytes));
  EXPECT_EQ(Id("n"), list);
}

TEST_F(VolumeListTest, AnEmptyListIsRemovedByRmdir) {
  Put("n", std::string(16, '\0'));
  setxattr(Path("n").c_str(), kListXattr, "", 0, 0);
  EXPECT_EQ(Id("n").role(), Role::kDirectory);
  EXPECT_THAT(List(Id("n")), ElementsAre());
  EXPECT_EQ(Text(Id(".format", Id("n"))), "\n");
  EXPECT_EQ(RemoveDirectory("n"), 0);
  EXPECT_FALSE(Exists("n"));
}

}  // namespace
}  // namespace shmount
