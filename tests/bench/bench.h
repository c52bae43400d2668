// SPDX-License-Identifier: Apache-2.0
// What the benchmarks share: the directory that they work in, and failing loudly.
#pragma once

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace shmount::bench {

/// The directory under measurement: a tmpfs, or a mount of one.
extern std::string directory;

/// Ends the program with errno's text if a system call has failed: a figure of failing calls would
/// be wrong.
template <class T>
T Check(T result, const char* what) {
  if (result == static_cast<T>(-1)) {
    std::perror(what);
    std::exit(1);
  }
  return result;
}

inline void CheckAll(ssize_t result, std::size_t wanted, const char* what) {
  if (Check(result, what) != static_cast<ssize_t>(wanted)) {
    std::fprintf(stderr, "%s: only %zd of %zu bytes\n", what, result, wanted);
    std::exit(1);
  }
}

/// A block made for one benchmark, open, filled, and removed at its end.
class Block {
 public:
  explicit Block(std::size_t size) : path_(directory + "/bench_block"), size_(size) {
    unlink(path_.c_str());
    fd_ = Check(open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600), "create");
    const std::vector<char> fill(size, 'x');  // not zeros: a blank block may still become a list
    CheckAll(pwrite(fd_, fill.data(), size, 0), size, "pwrite");
    struct stat st;
    Check(stat(path_.c_str(), &st), "stat");
    usleep(20'000);  // a daemon handles the events of this before the clock starts
  }
  ~Block() {
    close(fd_);
    unlink(path_.c_str());
  }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  const char* path() const { return path_.c_str(); }
  std::size_t size() const { return size_; }
  int fd() const { return fd_; }

 private:
  std::string path_;
  std::size_t size_;
  int fd_ = -1;
};

/// A shared mapping of a block.
class Mapping {
 public:
  Mapping(int fd, std::size_t size)
      : data_(static_cast<char*>(mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0))),
        size_(size) {
    if (data_ == MAP_FAILED) {
      std::perror("mmap");
      std::exit(1);
    }
  }
  ~Mapping() { munmap(data_, size_); }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  volatile char* data() const { return data_; }

 private:
  char* data_;
  std::size_t size_;
};

}  // namespace shmount::bench
