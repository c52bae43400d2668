// SPDX-License-Identifier: Apache-2.0
#include "tools/shm/private_shm_init.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/unique_fd.h"

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
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return FailErrno("making mounts private");
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
  // When this process ends, so does all that is in its namespaces, also if its parent was killed.
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
  iovec part = {&report, sizeof report};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (shm) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    const int fd = shm.get();
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  }
  return sendmsg(channel, &message, MSG_NOSIGNAL) == sizeof report;
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
  std::fprintf(stderr, "shm: %s: %s\n", words[0], std::strerror(code));
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
// does.
void ReapForAMoment(const sigset_t& all) {
  const timespec moment = {0, 300'000'000};
  for (pid_t pid = 0; pid >= 0;) {
    pid = waitpid(-1, nullptr, WNOHANG);
    if (pid == 0 && sigtimedwait(&all, nullptr, &moment) < 0) {
      return;
    }
  }
}

}  // namespace

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
  const ssize_t n = recv(channel, packed.data(), packed.size(), 0);
  if (n <= 0) {
    return 1;
  }
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
