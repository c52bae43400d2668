// SPDX-License-Identifier: Apache-2.0
#include "fs/process/guard.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <limits>

#include "core/base/unique_fd.h"
#include "fs/process/hardening.h"

namespace shmount {
namespace {

// How long the threads of a killed daemon may take to end.
constexpr int kPatience = 200;  // milliseconds

// Which nobody else sends.
int MainThreadEnded() { return SIGRTMIN; }
int UnmountAsked() { return SIGRTMIN + 1; }

// Where fusectl is mounted; who mounted the file system may do it. A connection has the number of
// its device.
bool AbortByNumber(unsigned number) {
  const std::string path = "/sys/fs/fuse/connections/" + std::to_string(number) + "/abort";
  const UniqueFd abort(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return abort && write(abort.get(), "1", 1) == 1;
}

// Opens what is mounted there, and says what the number of its connection is, without asking the
// daemon anything.
Result<UniqueFd> OpenMount(const std::string& mountpoint, unsigned& number) {
  UniqueFd root(open(mountpoint.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct statx st;
  if (!root || statx(root.get(), "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &st) != 0) {
    return FailErrno("mount");
  }
  number = st.stx_dev_minor;
  return root;
}

void Abort(const std::string& mountpoint, unsigned number) {
  if (AbortByNumber(number)) {
    return;
  }
  unsigned found = 0;
  const auto root = OpenMount(mountpoint, found);
  if (root && found == number) {
    // Our descriptor keeps it mounted: who had a mount is to get ENOTCONN and not what lies below.
    umount2(("/proc/self/fd/" + std::to_string(root->get())).c_str(), MNT_FORCE);
  }
}

// Where it is unmounted already, the place may be taken.
bool Detach(const std::string& mountpoint, unsigned number) {
  unsigned found = 0;
  return OpenMount(mountpoint, found) && found == number &&
         umount2(mountpoint.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0;
}

[[noreturn]] void Guard(pid_t daemon, const std::string& mountpoint, unsigned number) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, nullptr);  // what is sent to the daemon's group is not meant for us
  (void)!chdir("/");
  (void)GiveUpPrivileges({.administer = true});
  prctl(PR_SET_NAME, "shmount-guard");
  prctl(PR_SET_PDEATHSIG, MainThreadEnded());
  const auto process = static_cast<int>(syscall(SYS_pidfd_open, daemon, 0));
  if (process < 0 || getppid() != daemon) {
    _exit(0);
  }
  // Not the device above all, which would stay open for as long as we have it.
  if ((process > 0 && close_range(0, static_cast<unsigned>(process) - 1, 0) != 0) ||
      close_range(static_cast<unsigned>(process) + 1, std::numeric_limits<unsigned>::max(), 0) !=
          0) {
    _exit(0);
  }
  sigset_t awaited;
  sigemptyset(&awaited);
  sigaddset(&awaited, MainThreadEnded());
  sigaddset(&awaited, UnmountAsked());
  int signal = -1;
  while (signal < 0) {
    signal = sigwaitinfo(&awaited, nullptr);
  }
  pollfd whole = {process, POLLIN, 0};  // readable when its last thread is gone
  if (signal == UnmountAsked()) {
    _exit(Detach(mountpoint, number) ? 0 : 1);
  } else if (poll(&whole, 1, kPatience) == 0) {
    Abort(mountpoint, number);
  }
  _exit(0);
}

}  // namespace

Result<ConnectionGuard> ConnectionGuard::Start(const std::string& mountpoint) {
  unsigned number = 0;
  TRY(OpenMount(mountpoint, number));
  const pid_t daemon = getpid();
  const pid_t guard = fork();
  if (guard < 0) {
    return FailErrno("fork");
  }
  if (guard == 0) {
    Guard(daemon, mountpoint, number);
  }
  return ConnectionGuard(guard);
}

ConnectionGuard::~ConnectionGuard() {
  if (guard_ != 0) {
    kill(guard_, SIGKILL);
    (void)Await();
  }
}

bool ConnectionGuard::Unmount() {
  kill(guard_, UnmountAsked());
  const int status = Await();
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// What waitpid(2) tells of its end.
int ConnectionGuard::Await() {
  int status = -1;
  while (waitpid(guard_, &status, 0) < 0 && errno == EINTR) {
  }
  guard_ = 0;
  return status;
}

}  // namespace shmount
