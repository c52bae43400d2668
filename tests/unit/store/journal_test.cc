// SPDX-License-Identifier: Apache-2.0
#include "core/store/journal.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "core/backing/block_name.h"
#include "core/list/read.h"
#include "core/store/journaled_assign.h"
#include "core/store/recover.h"
#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Int = std::int64_t;

class JournalTest : public TempBacking {
 protected:
  /// What a maker that was killed has left: an entry that nobody holds a lock on.
  void Leave(const std::string& text, const std::string& name = "1.2.3.note") {
    mkdir(Path(own_).c_str(), 0700);
    Put(own_ + "/" + name, text);
  }
  std::string AssignText(ino_t ino, const std::string& element, const std::string& text) {
    return "assign " + std::to_string(ino) + " " + element + "\n" + text;
  }
  Result<Value> ElementOf(const std::string& name, std::uint64_t index) {
    const auto file = Open(name.c_str(), O_RDONLY);
    return ReadElement(file, list_.shape, index);
  }
  /// Stores a code that does not go with the format, as the first of an assignment's stores does.
  void Begin(const std::string& name, std::uint64_t index) {
    auto list = list_;
    list.Code(index) = std::byte{3};
    Put(name, list);
  }

  const std::string own_ = std::string(kStagingPrefix) + std::to_string(geteuid());
  ListBlock list_ = MakeList({Int{7}, Str{"text"}, 2.5});
};

TEST_F(JournalTest, LastsAsLongAsItsMaker) {
  Put("n", list_);
  {
    const auto entry = JournalEntry::OfAssignment(area(), StatOf("n").st_ino, 0, Str{"x"});
    ASSERT_TRUE(entry);
    const auto names = Names(own_);
    ASSERT_EQ(names.size(), 1U);
    EXPECT_TRUE(JournalEntry::IsName(names[0]));
    EXPECT_EQ(Get(own_ + "/" + names[0]), AssignText(StatOf("n").st_ino, "0.str", "x\n"));
    CleanStaging(backing());
    EXPECT_EQ(Names(own_), names) << "its maker lives";
  }
  EXPECT_THAT(Names(), ElementsAre("n"));
}

TEST_F(JournalTest, WhatHasBegunIsFinished) {
  Begin("n", 0);
  Leave(AssignText(StatOf("n").st_ino, "0.float", "1.5\n"));
  ASSERT_EQ(CodeOf(ElementOf("n", 0)), EIO);
  ASSERT_EQ(rename(Path("n").c_str(), Path("moved").c_str()), 0);
  CleanStaging(backing());
  EXPECT_EQ(ElementOf("moved", 0).value(), Value(1.5)) << "by whatever name";
  EXPECT_EQ(ElementOf("moved", 1).value(), Value(Str{"text"}));
  EXPECT_THAT(Names(), ElementsAre("moved"));
}

TEST_F(JournalTest, WhatMakesSenseIsLeftAlone) {
  Put("n", list_);
  const auto before = Get("n");
  Leave(AssignText(StatOf("n").st_ino, "0.float", "1.5\n"));
  CleanStaging(backing());
  EXPECT_EQ(Get("n"), before) << "not begun, done, or assigned since";
  EXPECT_THAT(Names(), ElementsAre("n"));
}

TEST_F(JournalTest, NotesOfNothingAreDropped) {
  Begin("n", 0);
  const auto before = Get("n");
  const std::string ino = std::to_string(StatOf("n").st_ino);
  const std::string notes[] = {
      "",
      "assign ",
      "assign x 0.int\n1",
      "assign " + ino,
      "assign " + ino + " ",
      "assign " + ino + " 0.int",
      "assign " + ino + " 0.int\nno number",
      "assign " + ino + " 0.str\n" + std::string(100, 'x'),
      "assign " + ino + " 3.int\n1",
      "assign " + ino + " 99999999999999999999.int\n1",
      "assign 99999999999999999999 0.int\n1",
      "assign 1 0.int\n1",
      "remove " + ino,
      "remove " + ino + " ",
      "remove " + ino + " absent",
      "remove " + ino + " ../n",
      "remove 1 n",
      std::string(5000, '\0'),
  };
  for (const std::string& text : notes) {
    Leave(text);
    CleanStaging(backing());
    EXPECT_EQ(Get("n"), before) << text;
    EXPECT_THAT(Names(), ElementsAre("n")) << text;
  }
}

// Each is looked up once, in one reading of the backing.
TEST_F(JournalTest, ManyAreFinishedAtATime) {
  const std::string names = "abcdefghijklmnopqrst";
  for (const char name : names) {
    Begin({name}, 0);
    Leave(AssignText(StatOf(std::string{name}).st_ino, "0.int", "8"), std::string{name} + ".note");
  }
  CleanStaging(backing());
  for (const char name : names) {
    EXPECT_EQ(ElementOf({name}, 0), Value(Int{8})) << name;
  }
  EXPECT_EQ(Names().size(), names.size());
}

TEST_F(JournalTest, WhatNamesNothingIsNotLookedForWithoutEnd) {
  constexpr unsigned kMany = 100;
  for (unsigned i = 0; i < kMany; ++i) {
    Leave(AssignText(1'000'000'000 + i, "0.int", "8"), std::to_string(i) + ".note");
  }
  CleanStaging(backing());
  EXPECT_GT(Names(own_).size(), kMany / 2) << "the rest is for another time";
  EXPECT_LT(Names(own_).size(), kMany);
}

TEST_F(JournalTest, ALinkIsNoNoteOfOurs) {
  Begin("n", 0);
  const auto before = Get("n");
  Leave(AssignText(StatOf("n").st_ino, "0.int", "8"), "1.note");
  ASSERT_EQ(link(Path(own_ + "/1.note").c_str(), Path("elsewhere").c_str()), 0);
  CleanStaging(backing());
  EXPECT_EQ(Get("n"), before);
  EXPECT_THAT(Names(), ElementsAre("elsewhere", "n"));
}

TEST_F(JournalTest, ANoteOutlastsWhatKeepsItFromBeingDone) {
  Begin("n", 0);
  Leave(AssignText(StatOf("n").st_ino, "0.float", "1.5\n"));
  const auto before = std::signal(SIGIO, SIG_IGN);  // which tells that the lease is to be broken
  const int fd = open(Path("n").c_str(), O_RDONLY);
  ASSERT_EQ(fcntl(fd, F_SETLEASE, F_RDLCK), 0);
  CleanStaging(backing());
  EXPECT_TRUE(Exists(own_ + "/1.2.3.note")) << "another's lease keeps the block from being opened";
  close(fd);
  std::signal(SIGIO, before);
  CleanStaging(backing());
  EXPECT_EQ(ElementOf("n", 0).value(), Value(1.5));
  EXPECT_THAT(Names(), ElementsAre("n"));
}

TEST_F(JournalTest, ALengthIsNoReasonToTakeMemory) {
  Leave("assign 1 0.str\nx");
  ASSERT_EQ(truncate(Path(own_ + "/1.2.3.note").c_str(), off_t{1} << 42), 0);
  CleanStaging(backing());
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(JournalTest, WhatWasExchangedGoes) {
  Put("n", "the old one");
  const std::string ino = std::to_string(StatOf("n").st_ino);
  Put("other", "text");
  Leave("remove " + ino + " other");
  CleanStaging(backing());
  EXPECT_THAT(Names(), ElementsAre("n", "other")) << "the exchange was not made";
  Leave("remove " + ino + " n");
  CleanStaging(backing());
  EXPECT_THAT(Names(), ElementsAre("other"));
}

TEST_F(JournalTest, OnlyWhatLiesInTheBackingItselfIsRemoved) {
  std::filesystem::create_directory(Path("other"));
  Put("other/n", "text");
  Leave("remove " + std::to_string(StatOf("other/n").st_ino) + " other/n");
  CleanStaging(backing());
  EXPECT_EQ(Get("other/n"), "text");
}

TEST_F(JournalTest, ANameMayHaveALineEnd) {
  Put("n", "another one");
  Put("n\nm", "the old one");
  Leave("remove " + std::to_string(StatOf("n\nm").st_ino) + " n\nm");
  CleanStaging(backing());
  EXPECT_THAT(Names(), ElementsAre("n"));
}

TEST_F(JournalTest, AChangeOfTypeHasAnEntryMeanwhile) {
  Put("n", list_);
  auto file = Open("n");
  ElementAssigner assigner(area());
  ASSERT_TRUE(assigner.Assign(file, list_.shape, 0, Str{"dry ice"}));
  ASSERT_TRUE(assigner.Assign(file, list_.shape, 2, 3.5));
  EXPECT_EQ(CodeOf(assigner.Assign(file, list_.shape, 1, Str{std::string(100, 'x')})), EFBIG);
  EXPECT_EQ(ElementOf("n", 0).value(), Value(Str{"dry ice"}));
  EXPECT_EQ(ElementOf("n", 1).value(), Value(Str{"text"}));
  EXPECT_EQ(ElementOf("n", 2).value(), Value(3.5));
  EXPECT_THAT(Names(), ElementsAre("n"));
}

TEST_F(JournalTest, WithoutANoteItIsAssignedAllTheSame) {
  Put("n", list_);
  Put(own_, "somebody has taken the name");
  auto file = Open("n");
  ElementAssigner assigner(area());
  EXPECT_TRUE(assigner.Assign(file, list_.shape, 0, Str{"dry ice"}));
  EXPECT_EQ(ElementOf("n", 0).value(), Value(Str{"dry ice"}));
}

}  // namespace
}  // namespace shmount
