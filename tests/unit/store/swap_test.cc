// SPDX-License-Identifier: Apache-2.0
#include "core/store/swap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/store/draft.h"
#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

TEST(SwapName, IsParsedBack) {
  for (const SwapEnd end : {SwapEnd::kRemoved, SwapEnd::kReturned}) {
    const auto parsed =
        SwapName::Parse(SwapName{.made = 12, .meant = 1ULL << 40, .end = end}.Format());
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->made, 12U);
    EXPECT_EQ(parsed->meant, 1ULL << 40);
    EXPECT_EQ(parsed->end, end);
  }
}

TEST(SwapName, IsNoOtherName) {
  for (const char* name :
       {"", ".removed", "removed", "1.2.3", "a.removed", "1.removed", "a.1..removed",
        "a.1.-2.removed", "a.1.2.note", "a.1.18446744073709551616.returned"}) {
    EXPECT_FALSE(SwapName::Parse(name)) << name;
  }
}

class SwapTest : public TempBacking {
 protected:
  // Makes a block in the staging directory that is to replace what `meant` is.
  std::string Make(const Staging& staging, const struct stat& meant,
                   const std::string& text) const {
    auto file = staging.directory().CreateUnnamed(0600).value();
    EXPECT_TRUE(file.Write(0, BytesOf(text)));
    const std::string staged =
        SwapName{.made = file.Stat()->st_ino, .meant = meant.st_ino}.Format();
    EXPECT_TRUE(staging.directory().Publish(file, staged.c_str()));
    return staged;
  }
};

TEST_F(SwapTest, ExchangesWhatIsMeant) {
  Put("n", "old");
  const Staging staging = area().Open().value();
  const struct stat old = StatOf("n");
  const std::string staged = Make(staging, old, "new");
  ASSERT_EQ(CodeOf(Exchange(staging, staged, backing(), "n", old)), 0);
  EXPECT_EQ(Get("n"), "new");
  EXPECT_EQ(staging.directory().Find(staged.c_str())->stat().st_ino, old.st_ino);
}

TEST_F(SwapTest, LeavesAloneWhatIsNotMeant) {
  Put("n", "old");
  const struct stat old = StatOf("n");
  Put("other", "somebody's");
  const Staging staging = area().Open().value();
  const std::string staged = Make(staging, old, "new");
  rename(Path("other").c_str(), Path("n").c_str());
  EXPECT_EQ(CodeOf(Exchange(staging, staged, backing(), "n", old)), ESTALE);
  EXPECT_EQ(Get("n"), "somebody's");
  unlink(Path("n").c_str());
  EXPECT_EQ(CodeOf(Exchange(staging, staged, backing(), "n", old)), ENOENT);
  EXPECT_TRUE(staging.directory().Find(staged.c_str()));
}

TEST_F(SwapTest, OneAtATime) {
  Put("n", "old");
  const Staging staging = area().Open().value();
  const std::string staged = Make(staging, StatOf("n"), "new");
  {
    const auto lock = staging.LockSwaps().value();
    EXPECT_EQ(CodeOf(Exchange(staging, staged, backing(), "n", StatOf("n"))), EBUSY);
  }
  EXPECT_EQ(CodeOf(Exchange(staging, staged, backing(), "n", StatOf("n"))), 0);
}

TEST_F(SwapTest, RemovesOnlyWhatIsMeant) {
  Put("n", "old");
  const struct stat old = StatOf("n");
  Put("other", "somebody's");
  rename(Path("other").c_str(), Path("n").c_str());
  EXPECT_EQ(CodeOf(RemoveMeant(area(), "n", old, Contents::kKept)), ESTALE);
  EXPECT_EQ(Get("n"), "somebody's");
  EXPECT_EQ(CodeOf(RemoveMeant(area(), "n", StatOf("n"), Contents::kKept)), 0);
  EXPECT_THAT(Names(), ElementsAre());
}

TEST_F(SwapTest, KeepsAFullDirectoryUnlessItIsToGo) {
  ASSERT_TRUE(MakeDraft(area(), "n", 0500, nullptr));
  Put("n/0.int", "1");
  EXPECT_EQ(CodeOf(RemoveMeant(area(), "n", StatOf("n"), Contents::kKept)), ENOTEMPTY);
  EXPECT_EQ(Get("n/0.int"), "1");
  EXPECT_EQ(ModeOf("n"), 0500U);
  EXPECT_EQ(CodeOf(RemoveMeant(area(), "n", StatOf("n"), Contents::kRemoved)), 0);
  EXPECT_THAT(Names(), ElementsAre());
}

TEST_F(SwapTest, GivesBackByTheNextFreeName) {
  const std::string longest(255, 'x');
  for (const std::string& name : {std::string("n"), std::string("n.1"), longest}) {
    Put(name, "taken");
  }
  {
    const Staging staging = area().Open().value();
    for (const std::string& name : {std::string("n"), longest, std::string("free")}) {
      const std::string staged = Make(staging, StatOf("n"), name);
      EXPECT_EQ(CodeOf(GiveBack(staging.directory(), staged, backing(), name)), 0);
    }
  }
  const std::string cut = std::string(253, 'x') + ".1";
  EXPECT_THAT(Names(), UnorderedElementsAre("n", "n.1", "n.2", longest, cut, "free"));
  EXPECT_EQ(Get("n.2"), "n");
  EXPECT_EQ(Get(cut), longest);
}

}  // namespace
}  // namespace shmount
