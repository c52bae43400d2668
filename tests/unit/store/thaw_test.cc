// SPDX-License-Identifier: Apache-2.0
#include "core/store/thaw.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

#include "core/backing/classify.h"
#include "core/backing/xattr_names.h"
#include "core/store/draft.h"
#include "core/store/list_time.h"
#include "core/store/recover.h"
#include "core/store/seal.h"
#include "core/store/staging.h"
#include "core/store/swap.h"
#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

using testing::ElementsAre;
using Int = std::int64_t;

class ThawTest : public TempBacking {
 protected:
  int Thaw(const ThawTo& to) const {
    const Inode block = Find("n");
    const BlockFile file = block.Open(O_RDONLY).value();
    return CodeOf(ThawList(area(), "n", block, file, to));
  }
};

TEST_F(ThawTest, MakesADraftOfTheListThatSealsToTheSame) {
  const auto list = MakeList({Int{5}, Str{"x\n"}, Bytes{"y"}});
  Put("n", list, 0640);
  const struct timespec times[2] = {{1000, 1}, {2000, 2}};
  ASSERT_TRUE(Find("n").SetTimes(times));
  ASSERT_TRUE(SetListTime(Find("n"), {3000, 3}));
  ASSERT_EQ(Thaw({.mode = 0750}), 0);
  EXPECT_EQ(ModeOf("n"), 0750U);
  EXPECT_EQ(StatOf("n").st_mtim.tv_sec, 3000);
  EXPECT_EQ(KindOfDraft(Find("n")).value(), DraftKind::kOpen);
  EXPECT_THAT(Names("n"), ElementsAre("0.int", "1.str", "2.bytes"));
  EXPECT_EQ(Get("n/1.str"), "x\n\n");
  EXPECT_EQ(ModeOf("n/0.int"), 0640U);
  EXPECT_EQ(StatOf("n/0.int").st_mtim.tv_nsec, 2);
  EXPECT_THAT(Names(), ElementsAre("n"));
  ASSERT_TRUE(SealDraft(area(), "n", nullptr));
  EXPECT_EQ(Get("n"),
            std::string(reinterpret_cast<const char*>(list.bytes.data()), list.bytes.size()));
  EXPECT_EQ(StatOf("n").st_mtim.tv_sec, 2000) << "that of the files";
}

TEST_F(ThawTest, AListThatIsOpenStaysAsItIs) {
  Put("n", MakeList({Int{5}}));
  const struct stat before = StatOf("n");
  {
    const BlockFile other = Open("n");
    EXPECT_EQ(Thaw({.mode = 0700}), EBUSY);
  }
  EXPECT_TRUE(SameFile(StatOf("n"), before));
  EXPECT_THAT(Names(), ElementsAre("n"));
  EXPECT_EQ(Thaw({.mode = 0700}), 0);
}

TEST_F(ThawTest, AnEmptyListGetsItsFirstFileAndIsReadOnly) {
  Put("n", MakeList({}));
  ASSERT_TRUE(Find("n").SetXattr(kListXattr, "", 0));
  ASSERT_EQ(Thaw({.mode = 0700, .file = "tmp", .file_mode = 0604}), 0);
  EXPECT_THAT(Names("n"), ElementsAre("tmp"));
  EXPECT_EQ(ModeOf("n/tmp"), 0604U);
  EXPECT_EQ(KindOfDraft(Find("n")).value(), DraftKind::kReadOnly);
}

TEST_F(ThawTest, ADraftThatAKillLeftAfterItTookTheNameIsWhole) {
  Put("n", MakeList({Int{5}}));
  const struct stat block = StatOf("n");
  {
    const Staging staging = area().Open().value();
    const Inode draft = MakeDraft(StagingArea(staging.directory()), "made", 0700, nullptr).value();
    const std::string staged =
        SwapName{.made = draft.stat().st_ino, .meant = block.st_ino}.Format();
    ASSERT_TRUE(staging.directory().Rename("made", staging.directory(), staged.c_str(), 0));
    ASSERT_TRUE(Exchange(staging, staged, backing(), "n", block));
  }
  CleanStaging(backing());
  EXPECT_EQ(Inspect(backing(), "n")->kind, Kind::kDraft);
  EXPECT_THAT(Names(), ElementsAre("n")) << "the block is gone";
}

TEST_F(ThawTest, TheTimeOfAListLastsUntilItsBlockIsWritten) {
  Put("n", MakeList({Int{5}}));
  const auto time = [this] { return ReadListTime(Find("n"), StatOf("n")).tv_sec; };
  EXPECT_EQ(time(), StatOf("n").st_mtim.tv_sec);
  ASSERT_TRUE(SetListTime(Find("n"), {-5, 7}));
  EXPECT_EQ(time(), -5);
  EXPECT_EQ(ReadListTime(Find("n"), StatOf("n")).tv_nsec, 7);
  ASSERT_TRUE(ForgetListTime(Find("n")));
  ASSERT_TRUE(ForgetListTime(Find("n")));
  EXPECT_EQ(time(), StatOf("n").st_mtim.tv_sec);
}

}  // namespace
}  // namespace shmount
