// SPDX-License-Identifier: Apache-2.0
#include "fs/process/hardening.h"

#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <thread>

namespace shmount {
namespace {

/// The errno of `call` in a process of its own that has given up all but the rights for `duties`,
/// or 0 where it went well.
int ErrnoAfterwards(const Duties& duties, const std::function<bool()>& call) {
  const pid_t child = fork();
  if (child == 0) {
    if (!GiveUpPrivileges(duties)) {
      _exit(255);
    }
    errno = 0;
    _exit(call() ? 0 : errno);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

constexpr Duties kDaemon = {.serve = true, .administer = true, .many_users = true};
constexpr Duties kGuard = {.serve = false, .administer = true, .many_users = false};

class Hardening : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0 || SHMOUNT_SANITIZED) {
      GTEST_SKIP() << "there is a filter in root's daemon alone, and in none that is sanitized";
    }
  }
};

const std::function<bool()> kWaysOut[] = {
    [] { return execl("/bin/true", "true", nullptr) == 0; },
    [] { return fork() >= 0; },
    [] { return socket(AF_INET, SOCK_STREAM, 0) >= 0; },
    [] { return ptrace(PTRACE_ATTACH, getppid(), 0, 0) == 0; },
    [] { return mount("none", "/mnt", "tmpfs", 0, "") == 0; },
    [] { return chroot("/") == 0; },
    [] {
      return mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
                  -1, 0) != MAP_FAILED;
    },
};

TEST_F(Hardening, DeniesWaysOut) {
  for (const auto& way : kWaysOut) {
    EXPECT_EQ(ErrnoAfterwards(kGuard, way), EPERM);
    EXPECT_EQ(ErrnoAfterwards(kDaemon, way), ENOSYS);
  }
}

TEST_F(Hardening, AllowsTheDaemonNoMoreThanItDoes) {
  const auto does_not = [](const std::function<bool()>& call) {
    return ErrnoAfterwards(kDaemon, call) == ENOSYS;
  };
  EXPECT_TRUE(does_not([] { return memfd_create("program", 0) >= 0; }));
  EXPECT_TRUE(does_not([] { return syscall(SYS_shmget, IPC_PRIVATE, 4096, 0600) >= 0; }));
  EXPECT_TRUE(
      does_not([] { return syscall(SYS_name_to_handle_at, 0, "", nullptr, nullptr, 0) == 0; }));
  EXPECT_TRUE(does_not([] { return listen(0, 1) == 0; }));
  EXPECT_TRUE(does_not([] { return ioctl(0, TIOCSTI, "x") == 0; }));
}

TEST_F(Hardening, LeavesWhatTheDaemonDoes) {
  for (const auto& duties : {kDaemon, kGuard}) {
    EXPECT_EQ(ErrnoAfterwards(duties, [] { return socket(AF_UNIX, SOCK_DGRAM, 0) >= 0; }), 0);
    EXPECT_EQ(ErrnoAfterwards(duties,
                              [] {
                                bool ran = false;
                                std::thread([&ran] { ran = true; }).join();
                                return ran;
                              }),
              0);
    // As far as to see that there is no mount.
    EXPECT_EQ(ErrnoAfterwards(duties, [] { return umount2("/proc/self", MNT_DETACH) == 0; }),
              EINVAL);
  }
}

}  // namespace
}  // namespace shmount
