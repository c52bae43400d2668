// SPDX-License-Identifier: Apache-2.0
// What keeps no staging directory is in staging_test.cc.
#include "core/store/staging_area.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <thread>

#include "core/backing/act_as.h"
#include "core/backing/block_name.h"
#include "core/store/draft.h"
#include "core/store/recover.h"
#include "core/store/seal.h"
#include "core/store/swap.h"
#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string NameOf(uid_t user) { return std::string(kStagingPrefix) + std::to_string(user); }

class StagingAreaTest : public TempBacking {
 protected:
  // Uses it as one that makes things in it does, and gives its inode.
  static std::uint64_t Use(const StagingArea& area) {
    const auto staging = area.Open();
    EXPECT_TRUE(staging);
    EXPECT_TRUE(staging && staging->LockSwaps());
    EXPECT_TRUE(staging && staging->directory().MakeDirectory("made", 0700));
    EXPECT_TRUE(staging && staging->directory().RemoveDirectory("made"));
    return staging ? staging->directory().Stat()->st_ino : 0;
  }

  const std::string own_ = NameOf(geteuid());
};

TEST_F(StagingAreaTest, KeepsWhatWasUsed) {
  {
    const StagingArea area(backing(), 2);
    EXPECT_THAT(Names(), IsEmpty()) << "and nothing else";
    const auto ino = Use(area);
    EXPECT_THAT(Names(), ElementsAre(own_));
    EXPECT_EQ(Use(area), ino);
  }
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(StagingAreaTest, ItsUseChangesNothingElseInTheBacking) {
  Put("n", "block");
  const StagingArea area(backing(), 2);
  Use(area);
  const auto before = backing().Stat()->st_ctim;
  Use(area);
  const auto after = backing().Stat()->st_ctim;
  EXPECT_EQ(before.tv_sec, after.tv_sec);
  EXPECT_EQ(before.tv_nsec, after.tv_nsec);
}

TEST_F(StagingAreaTest, OutlastsWhatIsDoneInIt) {
  const StagingArea area(backing(), 2);
  ASSERT_TRUE(MakeDraft(area, "n", 0700, nullptr));
  Put("n/0.int", "1");
  ASSERT_TRUE(SealDraft(area, "n", nullptr));
  EXPECT_THAT(Names(), ElementsAre(own_, "n"));
  ASSERT_TRUE(RemoveMeant(area, "n", StatOf("n"), Contents::kKept));
  EXPECT_THAT(Names(), ElementsAre(own_));
  EXPECT_THAT(Names(own_), ElementsAre("lock"));
}

// Daemons and commands of one user share it, and the last to end removes it.
TEST_F(StagingAreaTest, IsShared) {
  std::optional<StagingArea> first(std::in_place, backing(), 2);
  std::optional<StagingArea> second(std::in_place, backing(), 2);
  const auto ino = Use(*first);
  EXPECT_EQ(Use(area()), ino);
  EXPECT_EQ(Use(*second), ino);
  CleanStaging(backing());
  first.reset();
  EXPECT_EQ(Use(area()), ino);
  EXPECT_EQ(Use(*second), ino);
  second.reset();
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(StagingAreaTest, IsMadeAnewWhereItWasRemoved) {
  const StagingArea area(backing(), 2);
  Use(area);
  std::filesystem::remove_all(Path(own_));
  Use(area);
  EXPECT_THAT(Names(), ElementsAre(own_));
  std::filesystem::rename(Path(own_), Path("elsewhere"));
  Use(area);
  EXPECT_THAT(Names(), ElementsAre(own_, "elsewhere"));
}

TEST_F(StagingAreaTest, LeavesAloneWhatTookItsName) {
  {
    const StagingArea area(backing(), 2);
    Use(area);
    std::filesystem::remove_all(Path(own_));
    mkdir(Path(own_).c_str(), 0700);
  }
  EXPECT_THAT(Names(), ElementsAre(own_));
}

TEST_F(StagingAreaTest, WhereOthersHaveItAnotherIsUsed) {
  {
    const StagingArea area(backing(), 2);
    const auto ino = Use(area);
    chmod(Path(own_).c_str(), 0777);
    EXPECT_NE(Use(area), ino);
    std::filesystem::remove_all(Path(own_));
    Put(own_, "somebody's");
    const auto other = Use(area);
    EXPECT_EQ(Use(area), other);
    EXPECT_EQ(Names().size(), 2U);
  }
  EXPECT_THAT(Names(), ElementsAre(own_));
  EXPECT_EQ(Get(own_), "somebody's");
}

TEST_F(StagingAreaTest, IsUsedByManyThreads) {
  const StagingArea area(backing(), 1);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 500; ++n) {
        const auto staging = area.Open();
        ASSERT_TRUE(staging);
        const std::string novel = Staging::NovelName();
        ASSERT_TRUE(staging->directory().MakeDirectory(novel.c_str(), 0700));
        ASSERT_TRUE(staging->directory().RemoveDirectory(novel.c_str()));
      }
    });
  }
  threads.clear();
  EXPECT_THAT(Names(), ElementsAre(own_));
}

TEST_F(StagingAreaTest, DropsWhatIsNotUsed) {
  StagingArea area(backing(), 2);
  Use(area);
  std::optional used(area.Open().value());
  area.DropKept();
  EXPECT_THAT(Names(), ElementsAre(own_));
  used.reset();
  area.DropKept();
  EXPECT_THAT(Names(), IsEmpty());
}

class StagingAreaOfUsersTest : public StagingAreaTest {
 protected:
  void SetUp() override {
    StagingAreaTest::SetUp();
    if (geteuid() != 0) {
      GTEST_SKIP() << "takes root, to act as others";
    }
    chmod(path().c_str(), 01777);
  }
};

TEST_F(StagingAreaOfUsersTest, KeepsThoseOfSoManyUsers) {
  {
    const StagingArea area(backing(), 2);
    for (const uid_t user : {1001, 1002, 1003, 1002, 1003}) {
      const auto as = ActAs::User(user, user);
      ASSERT_TRUE(as);
      Use(area);
    }
    // The others cannot remove the first one's, which nobody holds any more.
    EXPECT_THAT(Names(), ElementsAre(NameOf(1001), NameOf(1002), NameOf(1003)));
    CleanEveryStaging(backing());
    EXPECT_THAT(Names(), ElementsAre(NameOf(1002), NameOf(1003)));
    const auto as = ActAs::User(1001, 1001);
    const auto used = area.Open();
    ASSERT_TRUE(used);
    Use(area);
  }
  CleanEveryStaging(backing());
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(StagingAreaOfUsersTest, WhatIsInUseIsNotDropped) {
  const StagingArea area(backing(), 1);
  const auto mine = area.Open().value();
  const auto his = area.OpenFor(1001, 1001).value();
  const auto hers = area.OpenFor(1002, 1002).value();
  CleanEveryStaging(backing());
  EXPECT_THAT(Names(), ElementsAre(NameOf(0), NameOf(1001), NameOf(1002)));
  EXPECT_TRUE(his.directory().MakeDirectory("made", 0700));
}

TEST_F(StagingAreaOfUsersTest, OneThatAnotherUserKeepsIsNotUsed) {
  const StagingArea area(backing(), 3);
  const auto ino = area.OpenFor(1001, 1001)->directory().Stat()->st_ino;
  {
    const auto as = ActAs::User(1002, 1002);
    ASSERT_TRUE(as);
    const auto staging = area.OpenFor(1001, 1001);
    ASSERT_TRUE(staging);
    EXPECT_EQ(staging->owner(), 1002U) << "no right to the other's";
  }
  const auto as = ActAs::User(1001, 1001);
  EXPECT_EQ(area.Open()->directory().Stat()->st_ino, ino);
}

// Killed while the name was taken, which it is no more.
TEST_F(StagingAreaOfUsersTest, CleaningFindsTheOtherOne) {
  mkdir(Path(NameOf(1001) + ".77").c_str(), 0700);
  mkdir(Path(NameOf(1001) + ".77/left").c_str(), 0700);
  ASSERT_EQ(chown(Path(NameOf(1001) + ".77").c_str(), 1001, 1001), 0);
  ASSERT_EQ(chown(Path(NameOf(1001) + ".77/left").c_str(), 1001, 1001), 0);
  mkdir(Path(NameOf(1001)).c_str(), 0700);
  ASSERT_EQ(chown(Path(NameOf(1001)).c_str(), 1001, 1001), 0);
  mkdir(Path(NameOf(1002) + ".77").c_str(), 0700);  // root's, and of no name of root's
  CleanEveryStaging(backing());
  EXPECT_THAT(Names(), ElementsAre(NameOf(1002) + ".77"));
}

}  // namespace
}  // namespace shmount
