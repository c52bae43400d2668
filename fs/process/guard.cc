// SPDX-License-Identifier: Apache-2.0
#include "fs/process/guard.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <limits>

#include "core/base/unique_fd.h"
#include "fs/process/connection_abort.h"
#include "fs/process/hardening.h"

namespace shmount {
namespace {

// How long to wait for the threads of a killed daemon to end.
constexpr int kPatience = 200;  // milliseconds

// A signal that nobody else sends.
int MainThreadEnded() { return SIGRTMIN; }
int UnmountAsked() { return SIGRTMIN + 1; }

bool CloseAllBut(std::array<int, 3> kept) {
  std::ranges::sort(kept);
  unsigned first = 0;
  for (const int each : kept) {
    const auto next = static_cast<unsigned>(each);
    if (next > first && close_range(first, next - 1, 0) != 0) {
      return false;
    }
    first = std::max(first, next + 1);
  }
  return close_range(first, std::numeric_limits<unsigned>::max(), 0) == 0;
}

// Waits for a signal, and returns it.
int AwaitEnd() {
  sigset_t awaited;
  sigemptyset(&awaited);
  sigaddset(&awaited, MainThreadEnded());
  sigaddset(&awaited, UnmountAsked());
  int signal = -1;
  while (signal < 0) {
    signal = sigwaitinfo(&awaited, nullptr);
  }
  return signal;
}

[[noreturn]] void Guard(pid_t daemon, int process, const std::string& mountpoint, int device,
                        int ready) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, nullptr);  // signals to the process group are for the daemon
  const auto connection = ConnectionAbort::Take(mountpoint, device);
  (void)!chdir("/");
  (void)GiveUpPrivileges({.administer = true});
  prctl(PR_SET_NAME, "shmount-guard");
  prctl(PR_SET_PDEATHSIG, MainThreadEnded());  // last: a change of rights would clear it
  // The daemon has one thread, which is waiting for this process. If it is killed now, no thread of
  // it remains.
  if (!connection || getppid() != daemon ||
      !CloseAllBut({process, ready, connection->descriptor()}) || write(ready, "", 1) != 1) {
    _exit(1);
  }
  close(ready);
  if (AwaitEnd() == UnmountAsked()) {
    _exit(connection->Detach() ? 0 : 1);
  }
  pollfd whole = {process, POLLIN, 0};  // readable when its last thread has ended
  if (poll(&whole, 1, kPatience) != 1) {
    connection->Abort(process);
  }
  _exit(0);
}

}  // namespace

Result<ConnectionGuard> ConnectionGuard::Start(const std::string& mountpoint, int device) {
  const pid_t daemon = getpid();
  const UniqueFd process(static_cast<int>(syscall(SYS_pidfd_open, daemon, 0)));
  std::array<int, 2> ends;
  if (!process || pipe2(ends.data(), O_CLOEXEC) != 0) {
    return FailErrno("guard");
  }
  const UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  const pid_t guard = fork();
  if (guard < 0) {
    return FailErrno("fork");
  }
  if (guard == 0) {
    Guard(daemon, process.get(), mountpoint, device, writing.get());
  }
  ConnectionGuard started(guard);
  writing.Reset();
  char ready = 0;
  ssize_t n = -1;
  while ((n = read(reading.get(), &ready, 1)) < 0 && errno == EINTR) {
  }
  if (n != 1) {
    return Fail(ECHILD, "the guard has ended");
  }
  return started;
}

ConnectionGuard::~ConnectionGuard() {
  if (guard_ != 0) {
    kill(guard_, SIGKILL);
    (void)Await();
  }
}

bool ConnectionGuard::Unmount() {
  kill(guard_, UnmountAsked());
  if (!EndsInTime()) {
    kill(guard_, SIGKILL);
  }
  const int status = Await();
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// Returns false if it does not end in time, as when it is stopped by a signal.
bool ConnectionGuard::EndsInTime() const {
  constexpr int kMilliseconds = 5000;
  const UniqueFd process(static_cast<int>(syscall(SYS_pidfd_open, guard_, 0)));
  pollfd ended = {process.get(), POLLIN, 0};
  return process && poll(&ended, 1, kMilliseconds) == 1;
}

// Waits until it has ended, and returns its status as waitpid(2).
int ConnectionGuard::Await() {
  int status = -1;
  while (waitpid(guard_, &status, 0) < 0 && errno == EINTR) {
  }
  guard_ = 0;
  return status;
}

}  // namespace shmount
