// SPDX-License-Identifier: Apache-2.0
// What is left when a process is killed between the steps of an exchange, made by hand. Kills of
// real processes are in tests/mount/test_faults_kill.py.
#include "core/store/recover.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include <optional>

#include "core/backing/classify.h"
#include "core/store/draft.h"
#include "core/store/staging.h"
#include "core/store/swap.h"
#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

class RecoverTest : public TempBacking {
 protected:
  void SetUp() override {
    TempBacking::SetUp();
    if (!IsSkipped()) {
      ASSERT_TRUE(MakeDraft(area(), "n", 0755, nullptr));
      Put("n/0.int", "7");
    }
  }

  // Claims the draft `n` as a seal does.
  void Claim() {
    staging_.emplace(area().Open().value());
    stand_in_.emplace(MakeStandIn(*staging_, StatOf("n")).value());
    ASSERT_EQ(CodeOf(Exchange(*staging_, stand_in_->staged, backing(), "n", StatOf("n"))), 0);
  }

  // Has a block take the stand-in's place.
  void Publish(const std::string& text) {
    auto file = staging_->directory().CreateUnnamed(0600).value();
    ASSERT_TRUE(file.Write(0, BytesOf(text)));
    const std::string staged =
        SwapName{.made = file.Stat()->st_ino, .meant = stand_in_->stat.st_ino}.Format();
    ASSERT_TRUE(staging_->directory().Publish(file, staged.c_str()));
    ASSERT_EQ(CodeOf(Exchange(*staging_, staged, backing(), "n", stand_in_->stat)), 0);
  }

  void Die() {
    stand_in_.reset();
    staging_.reset();
  }

  std::optional<Staging> staging_;
  std::optional<StandIn> stand_in_;
};

TEST_F(RecoverTest, AClaimedDraftHasItsNameAgain) {
  Claim();
  EXPECT_THAT(Names("n"), ElementsAre(".sealing"));
  Die();
  CleanStaging(backing());
  EXPECT_THAT(Names(), ElementsAre("n"));
  EXPECT_EQ(Get("n/0.int"), "7");
  EXPECT_EQ(ModeOf("n"), 0755U);
}

TEST_F(RecoverTest, AlsoWhereItWasRenamedMeanwhile) {
  Claim();
  rename(Path("n").c_str(), Path("m").c_str());
  Die();
  CleanStaging(backing());
  EXPECT_THAT(Names(), ElementsAre("m"));
  EXPECT_EQ(Get("m/0.int"), "7");
}

TEST_F(RecoverTest, AClaimOfALivingProcessIsLeftAlone) {
  Claim();
  CleanStaging(backing());
  EXPECT_THAT(Names("n"), ElementsAre(".sealing"));
  Die();
  CleanStaging(backing());
  EXPECT_EQ(Get("n/0.int"), "7");
}

TEST_F(RecoverTest, ADraftWhoseListHasTheNameGoes) {
  Claim();
  Publish("list");
  Die();
  CleanStaging(backing());
  EXPECT_THAT(Names(), ElementsAre("n"));
  EXPECT_EQ(Get("n"), "list");
}

TEST_F(RecoverTest, ADraftWhoseStandInIsGoneIsNotLost) {
  Claim();
  unlink(Path("n/.sealing").c_str());
  rmdir(Path("n").c_str());
  Die();
  CleanStaging(backing());
  EXPECT_THAT(Names(), ElementsAre("recovered"));
  EXPECT_EQ(Get("recovered/0.int"), "7");
}

TEST_F(RecoverTest, FilesOfOthersInTheStandInAreNotLost) {
  Claim();
  Put("n/late", "x");
  Publish("list");
  Die();
  CleanStaging(backing());
  EXPECT_THAT(Names(), UnorderedElementsAre("n", "recovered"));
  EXPECT_EQ(Get("recovered/late"), "x");
  EXPECT_EQ(Inspect(backing(), "recovered")->kind, Kind::kDraft);
}

TEST_F(RecoverTest, ABlockThatAnExchangeTookByMistakeGoesBack) {
  Put("other", "somebody's");
  {
    const Staging staging = area().Open().value();
    const auto made = staging.directory().CreateUnnamed(0600).value();
    const std::string staged = SwapName{.made = made.Stat()->st_ino, .meant = 1}.Format();
    ASSERT_TRUE(staging.directory().Publish(made, staged.c_str()));
    ASSERT_TRUE(staging.directory().Rename(staged.c_str(), backing(), "other", RENAME_EXCHANGE));
  }
  CleanStaging(backing());
  EXPECT_THAT(Names(), UnorderedElementsAre("n", "other"));
  EXPECT_EQ(Get("other"), "somebody's");
}

TEST_F(RecoverTest, ABlockThatARemovalTookByMistakeGoesBack) {
  Put("other", "somebody's");
  {
    const Staging staging = area().Open().value();
    const std::string staged = SwapName{.made = 0, .meant = 1}.Format();
    ASSERT_TRUE(backing().Rename("other", staging.directory(), staged.c_str(), RENAME_NOREPLACE));
  }
  CleanStaging(backing());
  EXPECT_THAT(Names(), UnorderedElementsAre("n", "recovered"));
  EXPECT_EQ(Get("recovered"), "somebody's");
}

}  // namespace
}  // namespace shmount
