// SPDX-License-Identifier: Apache-2.0
#include "core/store/staging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include <atomic>
#include <optional>
#include <thread>

#include "core/backing/block_name.h"
#include "core/backing/classify.h"
#include "core/store/draft.h"
#include "core/store/recover.h"
#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

using testing::ElementsAre;

class StagingTest : public TempBacking {
 protected:
  /// Somebody else's has the name: two that are open at once share another one, which goes with
  /// them.
  void ExpectAnother() {
    const auto before = Names();
    {
      const auto first = area().Open();
      const auto second = area().Open();
      ASSERT_TRUE(first && second);
      EXPECT_EQ(first->directory().Stat()->st_ino, second->directory().Stat()->st_ino);
      EXPECT_EQ(Names().size(), before.size() + 1);
    }
    ASSERT_TRUE(MakeDraft(area(), "n", 0700, nullptr));
    CleanStaging(backing());
    rmdir(Path("n").c_str());
    EXPECT_EQ(Names(), before);
  }

  // The directory that this user's daemons make things in.
  const std::string own_ = std::string(kStagingPrefix) + std::to_string(geteuid());
};

TEST_F(StagingTest, IsThereOnlyWhileItIsUsed) {
  {
    const auto first = area().Open().value();
    EXPECT_THAT(Names(), ElementsAre(own_));
    EXPECT_EQ(ModeOf(own_), 0700U);
    {
      const auto second = area().Open().value();
    }
    const auto third = area().Open().value();
    EXPECT_TRUE(third.directory().Create("x", 0600));
    EXPECT_TRUE(third.directory().Unlink("x"));
  }
  EXPECT_THAT(Names(), ElementsAre());
}

// Another thread, daemon or command of this user may come and go at any moment.
TEST_F(StagingTest, IsThereAsLongAsAnybodyUsesIt) {
  std::optional first(area().Open().value());
  {
    const auto second = area().Open().value();
    CleanStaging(backing());
  }
  EXPECT_TRUE(Exists(own_));
  const auto file = first->directory().CreateUnnamed(0600);
  ASSERT_TRUE(file);
  EXPECT_TRUE(first->directory().Publish(*file, "x"));
  EXPECT_TRUE(first->directory().Unlink("x"));
  first.reset();
  EXPECT_FALSE(Exists(own_));
}

TEST_F(StagingTest, IsNotLostToWhoLeaves) {
  std::atomic<bool> over = false;
  std::thread other([&] {
    while (!over) {
      EXPECT_TRUE(area().Open());
    }
  });
  for (int i = 0; i < 2000; ++i) {
    const auto staging = area().Open();
    ASSERT_TRUE(staging);
    const auto file = staging->directory().CreateUnnamed(0600);
    ASSERT_TRUE(file);
    ASSERT_TRUE(staging->directory().Publish(*file, "x"));
    ASSERT_TRUE(staging->directory().Unlink("x"));
  }
  over = true;
  other.join();
}

TEST_F(StagingTest, NamesAreNovel) { EXPECT_NE(Staging::NovelName(), Staging::NovelName()); }

TEST_F(StagingTest, MakesDraftsOfAnyMode) {
  for (const mode_t mode : {0700, 0755, 0500, 01777, 02750, 0}) {
    const std::string name = "draft" + std::to_string(mode);
    EXPECT_EQ(CodeOf(MakeDraft(area(), name.c_str(), mode, nullptr)), 0) << std::oct << mode;
    EXPECT_EQ(ModeOf(name), mode);
    if (geteuid() == 0 || (mode & S_IRUSR) != 0) {  // it takes reading to see the mark
      EXPECT_EQ(Inspect(backing(), name.c_str())->kind, Kind::kDraft);
    }
    EXPECT_FALSE(Exists(own_));
  }
}

TEST_F(StagingTest, ADraftTakesNoNameThatIsTaken) {
  Put("block", "text");
  ASSERT_TRUE(MakeDraft(area(), "draft", 0700, nullptr));
  std::ofstream(Path("draft/0.int")) << "1";
  for (const char* name : {"block", "draft"}) {
    EXPECT_EQ(CodeOf(MakeDraft(area(), name, 0700, nullptr)), EEXIST) << name;
  }
  EXPECT_EQ(CodeOf(MakeDraft(area(), std::string(256, 'x').c_str(), 0700, nullptr)), ENAMETOOLONG);
  EXPECT_EQ(Get("block"), "text");
  EXPECT_EQ(Get("draft/0.int"), "1");
  EXPECT_THAT(Names(), ElementsAre("block", "draft"));
}

TEST_F(StagingTest, RemoveTreeTakesADirectoryAndItsFiles) {
  mkdir(Path("dir").c_str(), 0700);
  Put("dir/a", "");
  Put("dir/b", "");
  Put("file", "");
  EXPECT_EQ(CodeOf(RemoveTree(backing(), "file")), ENOTDIR);
  EXPECT_EQ(CodeOf(RemoveTree(backing(), "absent")), ENOENT);
  EXPECT_EQ(CodeOf(RemoveTree(backing(), "dir")), 0);
  EXPECT_THAT(Names(), ElementsAre("file"));
}

TEST_F(StagingTest, CleaningTakesWhatAKilledMakerLeft) {
  mkdir(Path(own_).c_str(), 0700);
  mkdir(Path(own_ + "/draft").c_str(), 0700);
  Put(own_ + "/draft/0.int", "1");
  Put(own_ + "/block", "bytes");
  Put("other", "");
  CleanStaging(backing());
  EXPECT_THAT(Names(), ElementsAre("other"));
  CleanStaging(backing());
}

TEST_F(StagingTest, CleaningKeepsWhatALiveMakerHolds) {
  mkdir(Path(own_).c_str(), 0700);
  mkdir(Path(own_ + "/draft").c_str(), 0700);
  Put(own_ + "/block", "bytes");
  Put(own_ + "/left", "bytes");
  const auto where = backing().OpenDirectory(own_.c_str()).value();
  {
    const auto draft = where.OpenDirectory("draft").value();
    const auto block = where.Find("block")->Open(O_RDONLY).value();
    ASSERT_TRUE(draft.Lock(LOCK_EX));
    ASSERT_TRUE(block.Lock(LOCK_EX));
    CleanStaging(backing());
    EXPECT_THAT(Names(own_), ElementsAre("block", "draft"));
  }
  CleanStaging(backing());
  EXPECT_FALSE(Exists(own_));
}

TEST_F(StagingTest, PassesADirectoryThatOthersCanWriteBy) {
  for (const mode_t mode : {0770, 0707, 0720, 01777}) {
    mkdir(Path(own_).c_str(), mode);
    chmod(Path(own_).c_str(), mode);
    Put(own_ + "/bait", "");
    ExpectAnother();
    EXPECT_TRUE(Exists(own_ + "/bait")) << std::oct << mode;
    std::filesystem::remove_all(Path(own_));
  }
}

TEST_F(StagingTest, PassesSomebodyElsesDirectoryBy) {
  if (geteuid() != 0) {
    GTEST_SKIP() << "takes root, to give a directory away";
  }
  mkdir(Path(own_).c_str(), 0700);
  Put(own_ + "/bait", "");
  ASSERT_EQ(chown(Path(own_).c_str(), 65534, 65534), 0);
  ExpectAnother();
  EXPECT_TRUE(Exists(own_ + "/bait"));
}

TEST_F(StagingTest, CleansTheOtherOneToo) {
  mkdir(Path(own_).c_str(), 0777);
  chmod(Path(own_).c_str(), 0777);
  {
    const auto staging = area().Open();
    ASSERT_TRUE(staging);
    ASSERT_TRUE(staging->directory().MakeDirectory("left", 0700));
  }
  EXPECT_EQ(Names().size(), 2u);
  CleanStaging(backing());
  EXPECT_THAT(Names(), ElementsAre(own_));
}

TEST_F(StagingTest, IsNotLedAstrayByWhatIsNoDirectory) {
  mkdir(Path("elsewhere").c_str(), 0700);
  Put("elsewhere/bait", "");
  ASSERT_EQ(symlink("elsewhere", Path(own_).c_str()), 0);
  ExpectAnother();
  EXPECT_TRUE(Exists("elsewhere/bait"));
  ASSERT_TRUE(backing().Unlink(own_.c_str()));
  Put(own_, "a block by this name");
  ExpectAnother();
  EXPECT_EQ(Get(own_), "a block by this name");
}

}  // namespace
}  // namespace shmount
