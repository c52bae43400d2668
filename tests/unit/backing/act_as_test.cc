// SPDX-License-Identifier: Apache-2.0
#include "core/backing/act_as.h"

#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <csignal>
#include <cstddef>
#include <future>
#include <thread>

#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

using testing::ElementsAre;

constexpr uid_t kUser = 61001;
constexpr gid_t kGroup = 61002;
constexpr gid_t kSupplementary = 61003;

TEST(ProcessRights, OfAProcessThatCannotBeReadAreAnError) {
  EXPECT_EQ(CodeOf(ReadRights(0x3fffffff)), EACCES);
  EXPECT_EQ(CodeOf(ReadRights(0)), EACCES) << "in another PID namespace";
}

TEST(ActAs, DoesNothingWhereItIsNotEnabled) {
  const auto as = ActAs::For(false, {kUser, kGroup, 0});
  EXPECT_TRUE(as);
  struct stat st;
  EXPECT_EQ(stat("/proc/self/fd", &st), 0);
  EXPECT_EQ(st.st_uid, geteuid());
}

/// A process of another user, with one supplementary group.
class IdentityTest : public TempBacking {
 protected:
  void SetUp() override {
    TempBacking::SetUp();
    if (IsSkipped()) {
      return;
    }
    if (geteuid() != 0) {
      GTEST_SKIP() << "takes root, to act as another user";
    }
    chmod(path().c_str(), 0777);
    std::array<int, 2> ready;
    ASSERT_EQ(pipe(ready.data()), 0);
    child_ = fork();
    if (child_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      const gid_t group = kSupplementary;
      const bool set = setgroups(1, &group) == 0;
      (void)!write(ready[1], set ? "y" : "n", 1);
      pause();
      _exit(0);
    }
    char answer = 'n';
    EXPECT_EQ(read(ready[0], &answer, 1), 1);
    close(ready[0]);
    close(ready[1]);
    if (answer != 'y') {
      GTEST_SKIP() << "may not set groups";
    }
  }
  void TearDown() override {
    if (child_ > 0) {
      kill(child_, SIGKILL);
      waitpid(child_, nullptr, 0);
    }
  }
  Caller Other() const { return {kUser, kGroup, child_}; }
  int OpenError(const char* name, int flags) const { return CodeOf(Find(name).Open(flags)); }

  pid_t child_ = -1;
};

TEST_F(IdentityTest, ReadsTheGroupsOfAProcess) {
  const auto rights = ReadRights(child_);
  ASSERT_TRUE(rights);
  EXPECT_THAT(rights->groups, ElementsAre(kSupplementary));
  EXPECT_NE(rights->capabilities, 0u);
}

TEST_F(IdentityTest, TheKernelChecksAsForTheCaller) {
  struct Case {
    uid_t uid;
    gid_t gid;
    mode_t mode;
    int code;
  };
  const Case cases[] = {
      {0, 0, 0600, EACCES},     {0, 0, 0606, 0},           {kUser, 0, 0600, 0},
      {kUser, 0, 0066, EACCES}, {0, kGroup, 0660, 0},      {0, kSupplementary, 0660, 0},
      {0, kUser, 0660, EACCES}, {0, kGroup, 0606, EACCES},
  };
  for (const Case& c : cases) {
    Put("a", "text");
    ASSERT_EQ(chown(Path("a").c_str(), c.uid, c.gid), 0);
    chmod(Path("a").c_str(), c.mode);
    {
      const auto as = ActAs::For(true, Other());
      ASSERT_TRUE(as);
      EXPECT_EQ(OpenError("a", O_RDWR), c.code) << c.uid << " " << c.gid << std::oct << c.mode;
    }
    EXPECT_EQ(OpenError("a", O_RDWR), 0) << "and as itself again";
  }
}

TEST_F(IdentityTest, WhatIsMadeBelongsToTheCaller) {
  {
    const auto as = ActAs::For(true, Other());
    ASSERT_TRUE(as);
    ASSERT_TRUE(backing().Create("a", 0600));
    ASSERT_TRUE(backing().MakeDirectory("d", 0700));
  }
  {
    const auto as = ActAs::For(true, {geteuid(), kGroup, child_});  // sg(1), as root
    ASSERT_TRUE(as);
    ASSERT_TRUE(backing().Create("sg", 0600));
  }
  EXPECT_EQ(StatOf("sg").st_gid, kGroup);
  ASSERT_TRUE(backing().Create("own", 0600));
  for (const char* name : {"a", "d"}) {
    EXPECT_EQ(StatOf(name).st_uid, kUser) << name;
    EXPECT_EQ(StatOf(name).st_gid, kGroup) << name;
  }
  EXPECT_EQ(StatOf("own").st_uid, geteuid());
  EXPECT_EQ(StatOf("own").st_gid, getegid());
}

TEST_F(IdentityTest, ChangesOneThreadOnly) {
  Put("a", "text");
  std::promise<void> acting;
  std::jthread other([&, ready = acting.get_future()]() mutable {
    ready.wait();
    EXPECT_EQ(OpenError("a", O_RDONLY), 0);
  });
  const auto as = ActAs::For(true, Other());
  ASSERT_TRUE(as);
  EXPECT_EQ(OpenError("a", O_RDONLY), EACCES);
  acting.set_value();
  other.join();
}

TEST_F(IdentityTest, GivesTheGroupsBack) {
  const auto groups = [] {
    std::vector<gid_t> all(64);
    all.resize(static_cast<std::size_t>(getgroups(64, all.data())));
    return all;
  };
  const auto before = groups();
  {
    const auto as = ActAs::For(true, Other());
    ASSERT_TRUE(as);
    EXPECT_THAT(groups(), ElementsAre(kSupplementary));
  }
  EXPECT_EQ(groups(), before);
}

}  // namespace
}  // namespace shmount
