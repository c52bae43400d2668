// SPDX-License-Identifier: Apache-2.0
#include "fs/process/std_fds.h"

#include <fcntl.h>
#include <unistd.h>

#include "core/base/unique_fd.h"

namespace shmount {

Status FillStdFds() {
  // open(2) gives the lowest number that is free.
  for (int fd = open("/dev/null", O_RDWR);; fd = dup(fd)) {
    if (fd < 0) {
      return FailErrno("/dev/null");
    }
    if (fd > STDERR_FILENO) {
      close(fd);
      return {};
    }
  }
}

void DropStdFds() {
  const UniqueFd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (null) {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
      dup2(null.get(), fd);
    }
  }
}

}  // namespace shmount
