// SPDX-License-Identifier: Apache-2.0
#include "tools/shm/private_shm.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>

#include "core/proc/process.h"
#include "tools/shm/private_shm_init.h"

namespace shmount {
namespace {

// The signals that `shm run` passes on to its command.
sigset_t PassedOn() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT}) {
    sigaddset(&set, signal);
  }
  return set;
}

Result<UniqueFd> ReceiveShm(int channel) {
  InitReport report;
  UniqueFd shm;
  const ssize_t n = ReceiveWith(channel, &report, sizeof report, shm);
  if (n < static_cast<ssize_t>(sizeof report)) {
    return Fail(n < 0 ? errno : ECHILD, "starting the namespaces");
  }
  if (report.value != 0) {
    return Fail(report.value, report.where.data());
  }
  return shm ? Result<UniqueFd>(std::move(shm)) : Fail(EPROTO, "starting the namespaces");
}

std::string NamespaceOf(const std::string& pid) {
  std::array<char, 64> link = {};
  const std::string path = "/proc/" + pid + "/ns/pid";
  const ssize_t n = readlink(path.c_str(), link.data(), link.size());
  return n > 0 ? std::string(link.data(), static_cast<std::size_t>(n)) : std::string();
}

}  // namespace

Result<Contained> Contained::Prepare(std::optional<std::uint64_t> size, std::string shown) {
  std::array<int, 2> ends;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return FailErrno("socketpair");
  }
  UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  const bool root = geteuid() == 0;
  const InitOptions options{
      .size = size, .uid = geteuid(), .gid = getegid(), .map_user = !root, .shown = shown};
  const std::uint64_t flags = CLONE_NEWNS | CLONE_NEWPID | (root ? 0 : CLONE_NEWUSER) | SIGCHLD;
  // Blocks these signals until the command can get them, so that none ends this process first.
  const sigset_t passed = PassedOn();
  sigset_t before;
  sigprocmask(SIG_BLOCK, &passed, &before);
  const auto init = static_cast<pid_t>(syscall(SYS_clone, flags, 0, 0, 0, 0));
  if (init < 0) {
    const int code = errno;
    sigprocmask(SIG_SETMASK, &before, nullptr);
    return Fail(code, "clone: namespaces");
  }
  if (init == 0) {
    ours.Reset();
    _exit(RunInit(theirs.get(), options, before));
  }
  theirs.Reset();
  auto shm = ReceiveShm(ours.get());
  Contained contained(init, std::move(ours), shm ? *std::move(shm) : UniqueFd());
  if (!shm) {  // NOLINT(bugprone-use-after-move): a moved Result still tells whether it had a
               // value
    return std::unexpected(shm.error());
  }
  contained.shown_ = std::move(shown);
  return contained;
}

Contained::Contained(Contained&& other) noexcept
    : init_(std::exchange(other.init_, -1)),
      channel_(std::move(other.channel_)),
      shm_(std::move(other.shm_)),
      shown_(std::move(other.shown_)) {}

Contained::~Contained() { End(); }

Status Contained::Start(const std::vector<std::string>& command) {
  std::string packed;
  for (const std::string& word : command) {
    packed.append(word).push_back('\0');
  }
  if (packed.size() > kLongestCommand) {
    return Fail(E2BIG, "the command line");
  }
  // A mount made outside appears in the namespace by itself only if it is shared. Otherwise it must
  // be handed over, which only root can do.
  const UniqueFd mount(
      shown_.empty() ? -1
                     : open_tree(AT_FDCWD, shown_.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!SendWith(channel_.get(), packed.data(), packed.size(), mount)) {
    return FailErrno("starting the command");
  }
  return {};
}

Result<int> Contained::Wait() {
  const sigset_t passed = PassedOn();
  const UniqueFd signals(signalfd(-1, &passed, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals) {
    return FailErrno("signalfd");
  }
  for (;;) {
    std::array<pollfd, 2> ready = {pollfd{channel_.get(), POLLIN, 0},
                                   pollfd{signals.get(), POLLIN, 0}};
    if (poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) {
      return FailErrno("poll");
    }
    signalfd_siginfo info;
    while (read(signals.get(), &info, sizeof info) == sizeof info) {
      // The terminal sends its signals to the command as well.
      if (info.ssi_code != SI_KERNEL) {
        kill(init_, static_cast<int>(info.ssi_signo));
      }
    }
    if (ready[0].revents == 0) {
      continue;
    }
    InitReport report;
    if (recv(channel_.get(), &report, sizeof report, 0) != sizeof report) {
      return 128 + SIGKILL;  // the first process of the namespaces was killed
    }
    return report.value;
  }
}

Result<std::vector<Lingering>> Contained::Leftovers() const {
  std::vector<Lingering> left;
  const std::string inside = NamespaceOf(std::to_string(init_));
  if (inside.empty()) {
    return left;
  }
  const auto pids = TRY(ListProcesses());
  for (const pid_t pid : pids) {
    if (pid == init_ || NamespaceOf(std::to_string(pid)) != inside) {
      continue;
    }
    std::string command;
    std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/comm"), command);
    left.push_back({pid, command});
  }
  return left;
}

void Contained::End() {
  if (init_ > 0) {
    kill(init_, SIGKILL);
    while (waitpid(init_, nullptr, 0) < 0 && errno == EINTR) {
    }
    init_ = -1;
  }
  shm_.Reset();
}

}  // namespace shmount
