// SPDX-License-Identifier: Apache-2.0
// Blocks, by way of a volume.
#include "core/volume/volume.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>

#include "core/backing/fine_times.h"
#include "core/backing/xattr_names.h"
#include "tests/unit/temp_volume.h"

namespace shmount {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using Int = std::int64_t;

class VolumeTest : public TempVolume {};

TEST_F(VolumeTest, LooksUpWhatShows) {
  Put("block", "some text", 0640);
  Put("list", MakeList({Int{1}}), 0640);
  Put("sem.a", "");
  mkdir(Path("dir").c_str(), 0700);
  mkfifo(Path("fifo").c_str(), 0600);
  ASSERT_EQ(symlink("block", Path("link").c_str()), 0);

  const Found block = Look("block");
  EXPECT_EQ(block.id, NodeId::Block(StatOf("block").st_ino));
  EXPECT_EQ(block.attr.st_mode, S_IFREG | mode_t{0640});
  EXPECT_EQ(block.attr.st_size, 9);
  EXPECT_EQ(block.entry_ttl, kUnseen);
  EXPECT_EQ(block.attr_ttl, kUnseen);
  const Found list = Look("list");
  EXPECT_EQ(list.id.role(), Role::kDirectory);
  EXPECT_EQ(list.entry_ttl, kForever) << "a call on what is no list any more is ESTALE";
  EXPECT_EQ(list.attr_ttl, kUnseen);
  EXPECT_EQ(list.attr.st_mode, S_IFDIR | mode_t{0550});
  EXPECT_EQ(list.attr.st_ino, list.id.raw());
  for (const char* name : {"dir", "fifo", "link", "sem.a", "absent", ".shmount-0"}) {
    EXPECT_EQ(LookError(name), ENOENT) << name;
  }
  EXPECT_EQ(LookError(std::string(256, 'x').c_str()), ENAMETOOLONG);
  EXPECT_EQ(LookError("x", block.id), ENOTDIR);
  EXPECT_THAT(List(), UnorderedElementsAre("block", "list"));

  Start({.semaphores = true});
  EXPECT_EQ(LookError("sem.a"), 0);
  EXPECT_THAT(List(), UnorderedElementsAre("block", "list", "sem.a"));
}

TEST_F(VolumeTest, WithoutEventsNothingIsKept) {
  Start({.events = false});
  Put("block", "some text");
  EXPECT_EQ(Look("block").entry_ttl, 0);
  EXPECT_EQ(Look("block").attr_ttl, 0);
  EXPECT_EQ(volume().GetAttr(NodeId::Root(), me())->ttl, 0);
  List();
  EXPECT_FALSE(volume().RootNames().fill);
  EXPECT_FALSE(volume().RootNames().keep);
}

// The kernel does not check who may search the backing before it uses a cached name.
TEST_F(VolumeTest, WhereNotEverybodyMaySearchNothingIsKept) {
  if (geteuid() != 0) {
    GTEST_SKIP() << "acting as others takes root";
  }
  Put("block", "some text", 0644);
  chmod(path().c_str(), 01777);
  Start({.multi_user = true});
  EXPECT_EQ(Look("block").entry_ttl, kUnseen);
  chmod(path().c_str(), 0711);
  EXPECT_FALSE(volume().ReviewRights());
  EXPECT_EQ(Look("block").entry_ttl, kUnseen);
  chmod(path().c_str(), 0750);
  EXPECT_TRUE(volume().ReviewRights());
  EXPECT_FALSE(volume().ReviewRights());
  EXPECT_EQ(Look("block").entry_ttl, 0);
  EXPECT_EQ(Look("block").attr_ttl, 0);
  EXPECT_EQ(volume().GetAttr(NodeId::Root(), me())->ttl, 0);
  EXPECT_EQ(CodeOf(volume().CheckAccess(NodeId::Root(), X_OK, {1234, 1234, getpid()})), EACCES);
  EXPECT_EQ(CodeOf(volume().CheckAccess(NodeId::Root(), X_OK, me())), 0);
}

// The kernel caches a listing until an event comes, which can be later than the next listing.
TEST_F(VolumeTest, AListingIsKeptUntilANameComesOrGoes) {
  if (!HasFineTimes(backing())) {
    GTEST_SKIP() << "the backing's times are too coarse";
  }
  Put("a", "text");
  EXPECT_TRUE(volume().RootNames().fill);
  EXPECT_FALSE(volume().RootNames().keep);
  Look("a");
  List();
  EXPECT_TRUE(volume().RootNames().keep);
  Put("b", "text");
  EXPECT_FALSE(volume().RootNames().keep);
  const auto reader = volume().OpenReader(NodeId::Root(), me()).value();
  ASSERT_TRUE(backing().Unlink("b"));
  Listed listed;
  while (reader->Next(listed).value()) {
  }
  EXPECT_FALSE(volume().RootNames().keep) << "it may have read the name before it went";
  List();
  EXPECT_TRUE(volume().RootNames().keep);
}

TEST_F(VolumeTest, ABlockWithAnotherNameIsNotKept) {
  Put("block", "some text");
  ASSERT_EQ(link(Path("block").c_str(), Path("other").c_str()), 0);
  EXPECT_EQ(Look("block").attr_ttl, 0);
  ASSERT_TRUE(backing().Unlink("other"));
  EXPECT_EQ(Look("block").attr_ttl, kUnseen);
}

TEST_F(VolumeTest, AnOpenHasAnOldSizeForgotten) {
  Put("block", "some text");
  const NodeId block = Id("block");
  const auto open = [&](int flags) {
    EXPECT_EQ(OpenError(block, flags), 0);
    return TakeForgotten();
  };
  EXPECT_THAT(open(O_RDONLY), IsEmpty()) << "the kernel knows it";
  ASSERT_TRUE(Open("block").Truncate(100));
  EXPECT_THAT(open(O_RDONLY), ElementsAre(block));
  EXPECT_THAT(open(O_RDWR), IsEmpty()) << "it has been forgotten";
  EXPECT_EQ(AttrOf(block).st_size, 100);
  EXPECT_THAT(open(O_RDWR), IsEmpty()) << "it has been told";
  EXPECT_THAT(open(O_RDWR | O_TRUNC), IsEmpty()) << "it forgets by itself";
}

TEST_F(VolumeTest, ANodeIsStaleWhenItsNameMeansAnother) {
  Put("a", "text");
  const NodeId id = Id("a");
  EXPECT_EQ(AttrOf(id).st_size, 4);
  ASSERT_TRUE(backing().Rename("a", backing(), "b", 0));
  EXPECT_EQ(AttrError(id), ESTALE);
  Put("a", "another");
  EXPECT_EQ(AttrError(id), ESTALE);
  EXPECT_EQ(OpenError(id, O_RDONLY), ESTALE);
  EXPECT_EQ(Id("b"), id) << "the same block by its new name";
  EXPECT_EQ(AttrError(id), 0);
  volume().Forget(id, 2);
  EXPECT_EQ(AttrError(id), ESTALE) << "the kernel does not know it any more";
}

TEST_F(VolumeTest, OpensReadsAndWritesBlocks) {
  Put("a", "0123");
  const NodeId id = Id("a");
  const auto handle = volume().Open(id, O_RDWR, me()).value();
  ASSERT_TRUE(handle->PassthroughFd());
  EXPECT_EQ(WriteTo(*handle, 3, "xyz"), 0);
  EXPECT_EQ(Get("a"), "012xyz");
  EXPECT_EQ(ReadAll(*handle), "012xyz");
  ASSERT_TRUE(backing().Unlink("a"));
  EXPECT_EQ(AttrOf(id).st_nlink, 0U) << "an open block outlives its name";
  EXPECT_EQ(CodeOf(volume().SetAttr(id, WithSize(1), nullptr, me())), 0);
  EXPECT_EQ(ReadAll(*handle), "0");
  EXPECT_EQ(OpenError(NodeId::Root(), O_RDONLY), EISDIR);
}

TEST_F(VolumeTest, WritersButRootTakeTheSetIdBitsAway) {
  Put("a", "text", 06755);
  Put("b", "text", 02640);
  const Caller root{0, 0, getpid()};
  const Caller other{12345, 12345, getpid()};
  EXPECT_TRUE(volume().Open(Id("a"), O_RDONLY, other));
  EXPECT_TRUE(volume().Open(Id("a"), O_RDWR, root));
  EXPECT_EQ(ModeOf("a"), 06755U);
  EXPECT_TRUE(volume().Open(Id("a"), O_RDWR, other));
  EXPECT_EQ(ModeOf("a"), 0755U);
  EXPECT_TRUE(volume().Open(Id("b"), O_RDWR, other));
  EXPECT_EQ(ModeOf("b"), 02640U) << "that bit is for locks";
}

TEST_F(VolumeTest, CreatesBlocks) {
  const auto made = volume().Create(NodeId::Root(), "a", 0640, O_RDWR | O_CREAT, me());
  ASSERT_TRUE(made);
  EXPECT_EQ(made->found.id, NodeId::Block(StatOf("a").st_ino));
  EXPECT_EQ(ModeOf("a"), 0640U);
  EXPECT_EQ(WriteTo(*made->handle, 0, "text"), 0);
  EXPECT_EQ(Make(NodeId::Root(), "a", "more"), 0) << "without O_EXCL it is opened";
  EXPECT_EQ(Get("a"), "more");
  Put("list", MakeList({Int{1}}));
  struct Case {
    const char* name;
    int flags;
    int code;
  };
  const Case cases[] = {{"a", O_EXCL, EEXIST}, {"list", 0, EISDIR},      {"list", O_EXCL, EEXIST},
                        {"sem.a", 0, EPERM},   {".shmount-0", 0, EPERM}, {"", 0, ENOENT}};
  for (const Case& c : cases) {
    EXPECT_EQ(
        CodeOf(volume().Create(NodeId::Root(), c.name, 0600, O_RDWR | O_CREAT | c.flags, me())),
        c.code)
        << c.name;
  }
  EXPECT_EQ(CodeOf(volume().MakeNode(NodeId::Root(), "b", S_IFREG | 0600, me())), 0);
  EXPECT_EQ(CodeOf(volume().MakeNode(NodeId::Root(), "b", S_IFREG | 0600, me())), EEXIST);
  EXPECT_EQ(CodeOf(volume().MakeNode(NodeId::Root(), "c", S_IFIFO | 0600, me())), EPERM);
}

TEST_F(VolumeTest, LinksShowWhereBlocksCannotBePassedThrough) {
  Start({.access = Access::kLink});
  Put("a", "text");
  const Found link = Look("a");
  EXPECT_EQ(link.id.role(), Role::kLink);
  EXPECT_EQ(link.attr.st_mode, S_IFLNK | mode_t{0777});
  EXPECT_EQ(volume().ReadLink(link.id).value(), Path("a"));
  EXPECT_EQ(static_cast<std::size_t>(link.attr.st_size), Path("a").size());
  EXPECT_EQ(OpenError(link.id, O_RDONLY), ELOOP);

  const auto made = volume().Create(NodeId::Root(), "b", 0600, O_RDWR | O_CREAT, me())->found;
  EXPECT_EQ(made.id.role(), Role::kBlock) << "what was created is a regular file";
  EXPECT_EQ(made.attr.st_mode, S_IFREG | mode_t{0600});
  EXPECT_EQ(made.entry_ttl, 0);
  EXPECT_EQ(AttrOf(made.id).st_mode, S_IFREG | mode_t{0600});
  EXPECT_EQ(Id("b").role(), Role::kLink);

  Put("list", MakeList({Int{1}}));
  EXPECT_EQ(Id(".shm", Id("list")).role(), Role::kLink);
  EXPECT_EQ(volume().ReadLink(Id(".shm", Id("list"))).value(), Path("list"));
  Start({.access = Access::kDirect});
  EXPECT_EQ(CodeOf(volume().ReadLink(Id("a"))), EINVAL);
}

TEST_F(VolumeTest, RenamesBlocksListsAndDrafts) {
  const auto list = MakeList({Int{1}});
  struct Case {
    const char* from;
    const char* to;
    unsigned flags;
    int code;
  };
  const Case cases[] = {
      {"block", "new", 0, 0},
      {"list", "new", 0, 0},
      {"draft", "new", 0, 0},
      {"block", "other", 0, 0},
      {"block", "other", RENAME_NOREPLACE, EEXIST},
      {"block", "list", RENAME_NOREPLACE, EEXIST},
      {"block", "absent", RENAME_EXCHANGE, ENOENT},
      {"block", "list", RENAME_EXCHANGE, 0},
      {"draft", "list", RENAME_EXCHANGE, 0},
      {"absent", "new", 0, ENOENT},
      {"dir", "new", 0, ENOENT},
      {"block", "sem.a", 0, EPERM},
      {"block", ".shmount-1", 0, EPERM},
      {"block", "list", 0, ENOTEMPTY},
      {"draft", "list", 0, ENOTEMPTY},
      {"list", "full", 0, ENOTEMPTY},
      {"list", "draft", 0, 0},
      {"draft", "emptylist", 0, 0},
      {"list", "emptylist", 0, 0},
  };
  for (const Case& c : cases) {
    Start({});
    Put("block", "text");
    Put("other", "more");
    Put("list", list);
    Put("emptylist", std::string(16, '\0'));
    setxattr(Path("emptylist").c_str(), kListXattr, "", 0, 0);
    mkdir(Path("dir").c_str(), 0700);
    MakeDirectory("draft");
    Make(MakeDirectory("full"), "0.int", "1");
    const std::uint64_t ino = Exists(c.from) ? StatOf(c.from).st_ino : 0;
    const auto before = Names();
    LookError(c.to);  // as the kernel does
    EXPECT_EQ(Rename(c.from, c.to, NodeId::Root(), c.flags), c.code) << c.from << " " << c.to;
    if (c.code == 0) {
      EXPECT_EQ(StatOf(c.to).st_ino, ino) << c.from << " " << c.to;
      EXPECT_EQ(Exists(c.from), (c.flags & RENAME_EXCHANGE) != 0);
    } else {
      EXPECT_EQ(Names(), before) << c.from << " " << c.to;
    }
    for (const std::string& name : Names()) {
      std::filesystem::remove_all(Path(name));
    }
  }
}

TEST_F(VolumeTest, ARenamedNodeIsFoundByItsNewName) {
  Put("a", "1");
  Put("b", "22");
  const NodeId a = Id("a");
  const NodeId b = Id("b");
  EXPECT_EQ(Rename("a", "b", NodeId::Root(), RENAME_EXCHANGE), 0);
  EXPECT_EQ(AttrOf(a).st_size, 1);
  EXPECT_EQ(AttrOf(b).st_size, 2);
  EXPECT_EQ(Rename("b", "c"), 0);
  EXPECT_EQ(AttrOf(a).st_size, 1);
  const NodeId draft = MakeDirectory("draft");
  EXPECT_EQ(CodeOf(volume().Rename(NodeId::Root(), "c", draft, "0.int", 0, me())), EXDEV);
}

TEST_F(VolumeTest, RemovesByTheRightCall) {
  Put("block", "text");
  Put("list", MakeList({Int{1}}));
  Make(MakeDirectory("full"), "0.int", "1");
  MakeDirectory("draft");
  EXPECT_EQ(RemoveDirectory("block"), ESTALE) << "the kernel asks so of a directory";
  EXPECT_EQ(Unlink("draft"), ESTALE) << "and so of a file";
  EXPECT_EQ(RemoveDirectory("list"), ENOTEMPTY);
  EXPECT_EQ(RemoveDirectory("full"), ENOTEMPTY);
  EXPECT_EQ(RemoveDirectory("absent"), ENOENT);
  EXPECT_EQ(Unlink("absent"), ENOENT);
  EXPECT_EQ(Unlink("block"), 0);
  EXPECT_EQ(RemoveDirectory("draft"), 0);
  EXPECT_EQ(Unlink("list"), 0) << "which it took for a block";
  EXPECT_THAT(NamesMade(), ElementsAre("full"));
}

TEST_F(VolumeTest, ARenameReplacesWhatTheKernelHasForABlock) {
  const auto list = MakeList({Int{1}});
  Put("a", "text");
  Put("b", std::string(list.bytes.size(), 'x'));
  Look("b");
  Put("b", list);
  EXPECT_EQ(Rename("a", "b"), 0);
  Put("a", "text");
  Put("b", list);
  Look("b");
  EXPECT_EQ(Rename("a", "b"), ENOTEMPTY);
  ASSERT_TRUE(backing().Unlink("b"));
  Put("b", list);
  EXPECT_EQ(Rename("a", "b"), ESTALE) << "it has never seen this one";
}

TEST_F(VolumeTest, TheRootTakesTimesAndNoOtherModeOrOwner) {
  const struct stat st = StatOf("");
  AttrChange change = WithMode(st.st_mode);
  change.uid = st.st_uid;
  change.gid = st.st_gid;
  change.times = {timespec{5, 0}, timespec{7, 0}};
  const auto changed = volume().SetAttr(NodeId::Root(), change, nullptr, me());
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->attr.st_mtim.tv_sec, 7);
  EXPECT_EQ(StatOf("").st_mtim.tv_sec, 7);
  EXPECT_EQ(Chmod(NodeId::Root(), st.st_mode ^ 020), EPERM);
  change = {};
  change.uid = st.st_uid + 1;
  EXPECT_EQ(CodeOf(volume().SetAttr(NodeId::Root(), change, nullptr, me())), EPERM);
  EXPECT_EQ(CodeOf(volume().SetAttr(NodeId::Root(), WithSize(0), nullptr, me())), EISDIR);
  EXPECT_EQ(StatOf("").st_mode, st.st_mode);
}

}  // namespace
}  // namespace shmount
