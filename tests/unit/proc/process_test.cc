// SPDX-License-Identifier: Apache-2.0
#include "core/proc/process.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

namespace shmount {
namespace {

TEST(Process, ListsAndReadsThisOne) {
  const auto pids = ListProcesses();
  ASSERT_TRUE(pids);
  EXPECT_NE(std::ranges::find(*pids, getpid()), pids->end());
  const auto self = Process::Open(getpid());
  ASSERT_TRUE(self);
  EXPECT_EQ(self->User().value(), geteuid());
  EXPECT_FALSE(self->HasNoMemory());
  EXPECT_NE(self->Command().find("unit_tests"), std::string::npos);
}

TEST(Process, KnowsMountsOfAnotherUserNamespace) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t pid = fork();
  if (pid == 0) {
    const char done = unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 ? 'y' : 'n';
    (void)!write(ready[1], &done, 1);
    pause();
  }
  char done = 0;
  ASSERT_EQ(read(ready[0], &done, 1), 1);
  const bool ours = Process::Open(pid)->HasMountsOfOurs();
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  close(ready[0]);
  close(ready[1]);
  if (done != 'y') {
    GTEST_SKIP() << "no user namespace can be made here";
  }
  EXPECT_FALSE(ours);
}

TEST(Process, AnErrorIsNotTheEndOfADirectory) {
  const auto self = Process::Open(getpid());
  ASSERT_TRUE(self);
  EXPECT_TRUE(self->ForEach("task", [](int, const char*) {}));
  bool closed = false;
  const auto done = self->ForEach("task", [&](int directory, const char*) {
    if (!closed) {
      closed = close(directory) == 0;  // so that reading on fails
    }
  });
  ASSERT_TRUE(closed);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, EBADF);
}

TEST(ProcField, Finds) {
  EXPECT_EQ(ProcField("pos:\t0\nflags:\t02\nino:\t5\n", "flags"), "02");
  EXPECT_EQ(ProcField("pos:\t0\nflags:\t02\nino:\t5", "ino"), "5");
  EXPECT_EQ(ProcField("flagship:\t0\n", "flags"), "");
  EXPECT_EQ(ProcField("", "flags"), "");
}

}  // namespace
}  // namespace shmount
