// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

namespace shmount {

/// A child that has done `prepare` and waits to be killed.
class Child {
 public:
  template <class Prepare>
  explicit Child(Prepare prepare) {
    int ready[2];
    EXPECT_EQ(pipe2(ready, O_CLOEXEC), 0);
    pid_ = fork();
    if (pid_ == 0) {
      prepare();
      (void)!write(ready[1], "x", 1);
      for (;;) {
        pause();
      }
    }
    close(ready[1]);
    char byte = 0;
    EXPECT_EQ(read(ready[0], &byte, 1), 1);
    close(ready[0]);
  }
  ~Child() { Kill(); }
  void Kill() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
      pid_ = 0;
    }
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
};

/// Maps a block and closes its descriptor.
inline void MapOnly(const std::string& path, int flags, int protection) {
  const int fd = open(path.c_str(), flags);
  if (fd < 0 || mmap(nullptr, 4096, protection, MAP_SHARED, fd, 0) == MAP_FAILED) {
    _exit(1);
  }
  close(fd);
}

}  // namespace shmount
