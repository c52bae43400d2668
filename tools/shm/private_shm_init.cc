// SPDX-License-Identifier: Apache-2.0
#include "tools/shm/private_shm_init.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/unique_fd.h"
#include "core/value/utf8.h"

namespace shmount {
namespace {

Status WriteFile(const char* path, const std::string& text) {
  const UniqueFd fd(open(path, O_WRONLY | O_CLOEXEC));
  if (!fd || write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return FailErrno(path);
  }
  return {};
}

// Maps the user and the group to the same IDs. The capabilities that the new user namespace gives
// are used only to set up.
Status MapUser(const InitOptions& options) {
  const std::string uid = std::to_string(options.uid);
  const std::string gid = std::to_string(options.gid);
  TRY(WriteFile("/proc/self/setgroups", "deny"));
  TRY(WriteFile("/proc/self/uid_map", uid + " " + uid + " 1"));
  return WriteFile("/proc/self/gid_map", gid + " " + gid + " 1");
}

Status MountAll(const InitOptions& options) {
  // Mounts made here stay here. Mounts made outside appear here if they are shared.
  if (mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) {
    return FailErrno("keeping mounts from the outside");
  }
  std::string data = "mode=1777";
  if (options.size) {
    data += ",size=" + std::to_string(*options.size);
  }
  if (mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, data.c_str()) != 0) {
    return FailErrno("mounting a tmpfs on /dev/shm");
  }
  if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) {
    return FailErrno("mounting /proc");
  }
  return {};
}

Result<UniqueFd> SetUp(const InitOptions& options) {
  // The end of this process ends all processes in its namespaces. It ends when its parent does,
  // even if that is killed.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
    return FailErrno("prctl");
  }
  TRY(options.map_user ? MapUser(options) : Status{});
  TRY(MountAll(options));
  UniqueFd shm(open("/dev/shm", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!shm) {
    return FailErrno("/dev/shm");
  }
  return shm;
}

bool Report(int channel, int value, const std::string& where, const UniqueFd& shm) {
  InitReport report{.value = value};
  where.copy(report.where.data(), report.where.size() - 1);
  return SendWith(channel, &report, sizeof report, shm);
}

[[noreturn]] void Execute(std::string packed, const sigset_t& mask) {
  std::vector<char*> words;
  for (std::size_t at = 0; at < packed.size(); at += std::strlen(packed.data() + at) + 1) {
    words.push_back(packed.data() + at);
  }
  words.push_back(nullptr);
  sigprocmask(SIG_SETMASK, &mask, nullptr);
  execvp(words[0], words.data());
  const int code = errno;
  std::fprintf(stderr, "shm: %s: %s\n", Printable(words[0]).c_str(), std::strerror(code));
  _exit(code == ENOENT ? 127 : 126);
}

int StatusOf(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// Passes signals on, and reaps the processes that become children of this one, until the command
// ends.
int WaitFor(pid_t command, const sigset_t& all) {
  for (;;) {
    siginfo_t info;
    const int signal = sigwaitinfo(&all, &info);
    if (signal > 0 && signal != SIGCHLD && info.si_code != SI_KERNEL) {
      kill(command, signal);
    }
    int status = 0;
    for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
      if (pid == command) {
        return StatusOf(status);
      }
    }
  }
}

// Waits a moment for helpers that end by themselves after the command, as Python's resource tracker
// does. The time is limited in total, whatever the remaining processes do.
void ReapForAMoment(const sigset_t& all) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::seconds kLongest{5};
  const timespec moment = {1, 0};
  const auto since = Clock::now();
  for (pid_t pid = 0; pid >= 0 && Clock::now() - since < kLongest;) {
    pid = waitpid(-1, nullptr, WNOHANG);
    if (pid == 0 && sigtimedwait(&all, nullptr, &moment) < 0) {
      return;
    }
  }
}

// Attaches the mount that shows the blocks at the same path as outside, unless it is there already.
void Show(const UniqueFd& mount, const std::string& where) {
  struct stat wanted = {};
  struct stat here = {};
  if (mount && fstat(mount.get(), &wanted) == 0 && stat(where.c_str(), &here) == 0 &&
      wanted.st_dev != here.st_dev) {
    (void)move_mount(mount.get(), "", AT_FDCWD, where.c_str(), MOVE_MOUNT_F_EMPTY_PATH);
  }
}

}  // namespace

bool SendWith(int channel, const void* data, std::size_t size, const UniqueFd& fd) {
  iovec part = {const_cast<void*>(data), size};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (fd) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    const int number = fd.get();
    std::memcpy(CMSG_DATA(header), &number, sizeof number);
  }
  return sendmsg(channel, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(size);
}

ssize_t ReceiveWith(int channel, void* data, std::size_t size, UniqueFd& fd) {
  iovec part = {data, size};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control;
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t n = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
  const cmsghdr* header = n < 0 ? nullptr : CMSG_FIRSTHDR(&message);
  if (header != nullptr && header->cmsg_type == SCM_RIGHTS) {
    int number = -1;
    std::memcpy(&number, CMSG_DATA(header), sizeof number);
    fd = UniqueFd(number);
  }
  return n;
}

int RunInit(int channel, const InitOptions& options, const sigset_t& mask) {
  auto shm = SetUp(options);
  if (!shm) {
    Report(channel, shm.error().code, shm.error().where, UniqueFd());
    return 1;
  }
  if (!Report(channel, 0, "", *shm)) {
    return 1;
  }
  shm->Reset();
  std::string packed(kLongestCommand, '\0');
  UniqueFd shown;
  const ssize_t n = ReceiveWith(channel, packed.data(), packed.size(), shown);
  if (n <= 0) {
    return 1;
  }
  Show(shown, options.shown);
  shown.Reset();
  packed.resize(static_cast<std::size_t>(n));
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, nullptr);
  signal(SIGCHLD, SIG_DFL);  // if the caller left it ignored, waitpid() would return no status
  const pid_t command = fork();
  if (command == 0) {
    Execute(std::move(packed), mask);
  }
  const int status = command < 0 ? 126 : WaitFor(command, all);
  ReapForAMoment(all);
  Report(channel, status, "", UniqueFd());
  for (;;) {
    pause();  // until this process is killed, and the others with it
  }
}

}  // namespace shmount
