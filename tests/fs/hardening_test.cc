// SPDX-License-Identifier: Apache-2.0
#include "fs/process/hardening.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <thread>

namespace shmount {
namespace {

/// The errno of `call` once the rights are given up, or 0 where it went well; in a process of its
/// own.
int ErrnoAfterwards(const std::function<bool()>& call) {
  const pid_t child = fork();
  if (child == 0) {
    if (!GiveUpPrivileges({.administer = true, .many_users = true})) {
      _exit(255);
    }
    errno = 0;
    _exit(call() ? 0 : errno);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class Hardening : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0 || SHMOUNT_SANITIZED) {
      GTEST_SKIP() << "there is a filter in root's daemon alone, and in none that is sanitized";
    }
  }
};

TEST_F(Hardening, DeniesWaysOut) {
  EXPECT_EQ(ErrnoAfterwards([] { return execl("/bin/true", "true", nullptr) == 0; }), EPERM);
  EXPECT_EQ(ErrnoAfterwards([] { return fork() >= 0; }), EPERM);
  EXPECT_EQ(ErrnoAfterwards([] { return socket(AF_INET, SOCK_STREAM, 0) >= 0; }), EPERM);
  EXPECT_EQ(ErrnoAfterwards([] { return ptrace(PTRACE_ATTACH, getppid(), 0, 0) == 0; }), EPERM);
  EXPECT_EQ(ErrnoAfterwards([] { return mount("none", "/mnt", "tmpfs", 0, "") == 0; }), EPERM);
  EXPECT_EQ(ErrnoAfterwards([] { return chroot("/") == 0; }), EPERM);
  EXPECT_EQ(ErrnoAfterwards([] {
              return mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
            }),
            EPERM);
}

TEST_F(Hardening, LeavesWhatTheDaemonDoes) {
  EXPECT_EQ(ErrnoAfterwards([] { return socket(AF_UNIX, SOCK_DGRAM, 0) >= 0; }), 0);
  EXPECT_EQ(ErrnoAfterwards([] {
              bool ran = false;
              std::thread([&ran] { ran = true; }).join();
              return ran;
            }),
            0);
  // As far as to see that there is no mount.
  EXPECT_EQ(ErrnoAfterwards([] { return umount2("/proc/self", MNT_DETACH) == 0; }), EINVAL);
}

}  // namespace
}  // namespace shmount
