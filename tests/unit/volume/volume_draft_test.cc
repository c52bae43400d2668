// SPDX-License-Identifier: Apache-2.0
// Drafts and sealing, by way of a volume.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

#include "core/backing/act_as.h"
#include "core/backing/block_name.h"
#include "core/backing/xattr_names.h"
#include "tests/unit/temp_volume.h"

namespace shmount {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;
using Int = std::int64_t;

class VolumeDraftTest : public TempVolume {};

TEST_F(VolumeDraftTest, MkdirMakesADraft) {
  const NodeId draft = MakeDirectory("n", 0750);
  EXPECT_EQ(AttrOf(draft).st_mode, S_IFDIR | mode_t{0750});
  EXPECT_TRUE(Find("n").HasXattr(kDraftXattr).value());
  EXPECT_THAT(NamesMade(), ElementsAre("n"));
  EXPECT_EQ(CodeOf(volume().MakeDirectory(NodeId::Root(), "n", 0700, me())), EEXIST);
  EXPECT_EQ(CodeOf(volume().MakeDirectory(NodeId::Root(), "sem.n", 0700, me())), EPERM);
  EXPECT_EQ(CodeOf(volume().MakeDirectory(draft, "d", 0700, me())), EPERM);
  Start({});
  EXPECT_EQ(AttrOf(Id("n")).st_mode, S_IFDIR | mode_t{0750}) << "it survives the daemon";
}

TEST_F(VolumeDraftTest, FilesOfADraftAreCheckedAsTheyAreWritten) {
  const NodeId draft = MakeDirectory("n");
  EXPECT_EQ(Make(draft, "0.int", "42\n"), 0);
  EXPECT_EQ(Make(draft, "1.int", "x"), EINVAL);
  EXPECT_EQ(Make(draft, "2.str", "\xff"), EILSEQ);
  EXPECT_EQ(Make(draft, ".0.int.tmp", "x"), 0);
  EXPECT_THAT(List(draft), UnorderedElementsAre("0.int", "1.int", "2.str", ".0.int.tmp"));
  const Found found = Look("0.int", draft);
  EXPECT_EQ(found.attr.st_size, 3);
  EXPECT_EQ(found.entry_ttl, 0) << "nobody watches what happens inside";
  EXPECT_EQ(Text(found.id), "42\n");
  EXPECT_EQ(Write(found.id, "7"), 0);
  EXPECT_EQ(Write(found.id, "seven"), EINVAL);
  EXPECT_EQ(CodeOf(volume().Create(draft, "0.int", 0600, O_RDWR | O_CREAT | O_EXCL, me())), EEXIST);
  EXPECT_EQ(CodeOf(volume().MakeNode(draft, "3.int", S_IFREG | 0600, me())), 0);
  EXPECT_EQ(CodeOf(volume().MakeNode(draft, "4.int", S_IFIFO | 0600, me())), EPERM);
  EXPECT_EQ(CodeOf(volume().Link(found.id, NodeId::Root(), "out", me())), EPERM);
  EXPECT_EQ(LookError("absent", draft), ENOENT);
}

TEST_F(VolumeDraftTest, RenamesWithinADraftAreCheckedToo) {
  const NodeId draft = MakeDirectory("n");
  Make(draft, "tmp", "word");
  const NodeId file = Id("tmp", draft);
  EXPECT_EQ(Rename("tmp", "0.int", draft), EINVAL);
  EXPECT_EQ(Rename("tmp", "0.str", draft), 0);
  EXPECT_EQ(AttrError(file), 0) << "found by its new name";
  EXPECT_EQ(Rename("0.str", "0.bytes", draft), 0);
  EXPECT_EQ(Rename("0.bytes", "0.float", draft), EINVAL);
  EXPECT_EQ(Rename("absent", "1.int", draft), ENOENT);
  EXPECT_THAT(List(draft), ElementsAre("0.bytes"));
  EXPECT_EQ(Unlink("0.bytes", draft), 0);
  EXPECT_EQ(Unlink("0.bytes", draft), ENOENT);
  EXPECT_EQ(AttrError(file), ESTALE);
}

TEST_F(VolumeDraftTest, AnOpenFileOutlivesItsNameAndItsDraft) {
  const NodeId draft = MakeDirectory("n");
  Make(draft, "a", "x");
  Make(draft, "b", "y");
  const NodeId a = Id("a", draft);
  const NodeId b = Id("b", draft);
  const auto first = volume().Open(a, O_RDWR, me()).value();
  const auto second = volume().Open(b, O_RDWR, me()).value();
  EXPECT_EQ(Rename("b", "a", draft), 0);
  EXPECT_EQ(Unlink("a", draft), 0);
  EXPECT_EQ(CodeOf(volume().RemoveDirectory(NodeId::Root(), "n", me())), 0);
  for (const auto& [id, handle] : {std::pair(a, first.get()), std::pair(b, second.get())}) {
    EXPECT_EQ(WriteTo(*handle, 0, "zz"), 0);
    EXPECT_EQ(ReadAll(*handle), "zz");
    EXPECT_EQ(AttrOf(id).st_nlink, 0U);
  }
}

TEST_F(VolumeDraftTest, TakingTheWriteBitsSeals) {
  const NodeId draft = MakeDirectory("n");
  Make(draft, "1.str", "x");
  Make(draft, "0.int", "42", 0640);
  const NodeId file = Id("0.int", draft);
  auto writing = volume().Open(file, O_RDWR, me()).value();
  EXPECT_EQ(Chmod(draft, 0755), 0);
  EXPECT_EQ(AttrOf(draft).st_mode, S_IFDIR | mode_t{0755}) << "with a write bit it is a chmod";
  ASSERT_EQ(Chmod(draft, 0555), 0);
  EXPECT_EQ(AttrOf(draft).st_mode, S_IFDIR | mode_t{0550}) << "the node goes on as the list";
  EXPECT_THAT(List(draft), ElementsAre("0.int", "1.str"));
  EXPECT_EQ(Text(Id("0", draft)), "42\n");
  EXPECT_EQ(ModeOf("n"), 0640U);
  EXPECT_EQ(WriteTo(*writing, 0, "43"), ESTALE);
  EXPECT_EQ(AttrOf(file).st_nlink, 0U) << "as long as it is open";
  writing.reset();
  EXPECT_EQ(AttrError(file), ESTALE);
  EXPECT_EQ(Id("n").ino(), StatOf("n").st_ino);
  EXPECT_THAT(NamesMade(), ElementsAre("n"));
  EXPECT_TRUE(log().empty());
}

TEST_F(VolumeDraftTest, AWriteBitThawsAListThatNobodyHolds) {
  const NodeId draft = MakeDirectory("n");
  Make(draft, "0.int", "42", 0640);
  Make(draft, "1.str", "x");
  ASSERT_EQ(Chmod(draft, 0555), 0);
  const NodeId list = Id("n");
  const NodeId element = Id("0.int", list);
  auto held = volume().Open(element, O_RDONLY, me()).value();
  EXPECT_EQ(Chmod(list, 0755), EBUSY);
  ASSERT_EQ(log().size(), 1U);
  EXPECT_THAT(log()[0], HasSubstr("cannot make 'n' a draft: another process uses it"));
  held.reset();
  ASSERT_EQ(Chmod(list, 0755), 0);
  EXPECT_EQ(AttrError(element), ESTALE);
  for (const NodeId node : {draft, list, Id("n")}) {
    EXPECT_EQ(AttrOf(node).st_mode, S_IFDIR | mode_t{0755});
    EXPECT_THAT(List(node), UnorderedElementsAre("0.int", "1.str"));
    EXPECT_EQ(Text(Id("0.int", node)), "42\n");
  }
  EXPECT_EQ(AttrOf(Id("0.int", list)).st_mode, S_IFREG | mode_t{0640});
  EXPECT_EQ(Make(draft, "2.none", ""), 0) << "by the node from before it was a list";
  EXPECT_EQ(Chmod(list, 0500), 0);
  EXPECT_THAT(List(draft), ElementsAre("0.int", "1.str", "2.none"));
}

TEST_F(VolumeDraftTest, AnEmptyListThawsByACreate) {
  const NodeId node = MakeDirectory("n", 0500);
  EXPECT_EQ(Get("n"), std::string(16, '\0')) << "a directory without a write bit is a list";
  EXPECT_EQ(AttrOf(node).st_mode, S_IFDIR | mode_t{0500});
  EXPECT_EQ(Make(node, "tmp", "1"), 0);
  EXPECT_EQ(Rename("tmp", "0.int", node), 0);
  EXPECT_EQ(AttrOf(node).st_mode, S_IFDIR | mode_t{0700}) << "which no list has";
  AttrChange times;
  times.times = {timespec{5, 0}, timespec{7, 0}};
  ASSERT_TRUE(volume().SetAttr(node, times, nullptr, me()));
  EXPECT_EQ(AttrOf(node).st_mode, S_IFDIR | mode_t{0500});
  EXPECT_EQ(AttrOf(node).st_mtim.tv_sec, 7);
  EXPECT_THAT(List(node), ElementsAre("0.int"));
}

TEST_F(VolumeDraftTest, AReadOnlyDraftShowsATimeThatIsASecondOff) {
  const NodeId node = MakeDirectory("n", 0500);
  Make(node, "0.int", "1");
  EXPECT_EQ(AttrOf(node).st_mtim.tv_sec, StatOf("n").st_mtim.tv_sec + 1);
  EXPECT_EQ(Look("n").attr.st_mtim.tv_sec, StatOf("n").st_mtim.tv_sec + 1);
  ASSERT_EQ(Chmod(node, 0700), 0);
  EXPECT_EQ(AttrOf(node).st_mtim.tv_sec, StatOf("n").st_mtim.tv_sec);
}

TEST_F(VolumeDraftTest, AnotherUserCannotSealAndIsToldNothing) {
  if (geteuid() != 0) {
    GTEST_SKIP() << "acting as another user takes root";
  }
  Start({.multi_user = true});
  const NodeId draft = MakeDirectory("n", 0777);
  Make(draft, "1.int", "1");
  const Caller other = {12345, 12345, me().pid};
  const auto sealed = volume().SetAttr(draft, WithMode(0555), nullptr, other);
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().code, EPERM);
  EXPECT_THAT(log(), ElementsAre());
  EXPECT_THAT(NamesMade(), ElementsAre("n"));
}

TEST_F(VolumeDraftTest, ARefusedSealLeavesTheDraftAndSaysWhy) {
  const NodeId draft = MakeDirectory("n", 0750);
  Make(draft, "0.int", "1");
  Make(draft, "2.int", "2");
  EXPECT_EQ(Chmod(draft, 0500), EINVAL);
  ASSERT_EQ(log().size(), 1U);
  EXPECT_THAT(log()[0], HasSubstr("cannot seal 'n': element 1 is missing"));
  EXPECT_EQ(AttrOf(draft).st_mode, S_IFDIR | mode_t{0750});
  EXPECT_THAT(List(draft), UnorderedElementsAre("0.int", "2.int"));
  Make(draft, "1.none", "");
  EXPECT_EQ(Chmod(draft, 0500), 0);
}

TEST_F(VolumeDraftTest, ADraftThatIsGoneIsStale) {
  const NodeId draft = MakeDirectory("n");
  Make(draft, "0.int", "1");
  const NodeId file = Id("0.int", draft);
  std::filesystem::remove_all(Path("n"));
  EXPECT_EQ(AttrError(draft), ESTALE);
  EXPECT_EQ(AttrError(file), ESTALE);
  EXPECT_EQ(OpenError(file, O_RDONLY), ESTALE);
  EXPECT_EQ(Make(draft, "1.int", "1"), ESTALE);
  EXPECT_EQ(Chmod(draft, 0500), ESTALE);
}

TEST_F(VolumeDraftTest, AMountCleansWhatAKilledOneLeft) {
  const std::string staging = std::string(kStagingPrefix) + std::to_string(geteuid());
  mkdir(Path(staging).c_str(), 0700);
  Put(staging + "/left", "bytes");
  Start({});
  EXPECT_THAT(Names(), ElementsAre());
}

}  // namespace
}  // namespace shmount
