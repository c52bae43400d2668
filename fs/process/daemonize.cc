// SPDX-License-Identifier: Apache-2.0
#include "fs/process/daemonize.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <fuse_log.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdio>

#include "fs/options.h"
#include "fs/process/sd_notify.h"
#include "fs/process/std_fds.h"

namespace shmount {
namespace {

int WaitForDaemon(pid_t child, const UniqueFd& pipe, const std::string& mountpoint) {
  std::string line;
  std::array<char, 256> buffer;
  for (ssize_t n = 0; (n = read(pipe.get(), buffer.data(), buffer.size())) > 0;) {
    line.append(buffer.data(), static_cast<std::size_t>(n));
  }
  if (line.empty()) {
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : kExitFailed;
  }
  struct stat st;
  if (stat(mountpoint.c_str(), &st) != 0) {  // stat() waits until the daemon answers
    fmt::print(stderr, "shmount: {}: the mount does not answer\n", mountpoint);
    return kExitFailed;
  }
  fmt::print("{}\n", line);
  return kExitOk;
}

}  // namespace

std::expected<Background, int> Background::Start(const std::string& mountpoint) {
  std::array<int, 2> ends;
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    perror("shmount: pipe");
    return std::unexpected(kExitFailed);
  }
  const UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  const pid_t child = fork();
  if (child < 0) {
    perror("shmount: fork");
    return std::unexpected(kExitFailed);
  }
  if (child > 0) {
    writing.Reset();
    return std::unexpected(WaitForDaemon(child, reading, mountpoint));
  }
  setsid();
  return Background(std::move(writing));
}

void Background::Ready(const std::string& line) {
  if (!pipe_) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
    NotifyReady(line);
    return;
  }
  fuse_log_enable_syslog("shmount", 0, LOG_DAEMON);
  DropStdFds();
  (void)!chdir("/");
  (void)!write(pipe_.get(), line.data(), line.size());
  pipe_.Reset();
}

}  // namespace shmount
