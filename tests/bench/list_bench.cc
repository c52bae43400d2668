// SPDX-License-Identifier: Apache-2.0
// The operations of programs on the elements of a list. `list` in the directory is a list of at
// least a hundred ints, or on a tmpfs a directory with the same files.
#include <sys/wait.h>

#include <chrono>

#include "bench.h"

namespace shmount::bench {
namespace {

std::string ElementPath(int index) {
  char name[32];
  std::snprintf(name, sizeof name, "/list/%03d.int", index);
  return directory + name;
}

void ReadOnce(const char* path) {
  char text[64];
  const int fd = Check(open(path, O_RDONLY), "open element");
  if (Check(read(fd, text, sizeof text), "read element") == 0) {
    std::fputs("read element: empty\n", stderr);
    std::exit(1);
  }
  close(fd);
}

void ReadElement(benchmark::State& state) {
  const std::string path = ElementPath(7);
  for (auto _ : state) {
    ReadOnce(path.c_str());
  }
}
BENCHMARK(ReadElement)->UseRealTime();

void WriteElement(benchmark::State& state) {
  const std::string path = ElementPath(8);
  for (auto _ : state) {
    const int fd = Check(open(path.c_str(), O_WRONLY | O_TRUNC), "open element");
    CheckAll(write(fd, "1234\n", 5), 5, "write element");
    close(fd);
  }
}
BENCHMARK(WriteElement)->UseRealTime();

// Several processes, each of which keeps reading its own element. The time is that of all of them
// together.
void ReadElements(benchmark::State& state) {
  constexpr int kEach = 200;
  const auto processes = static_cast<int>(state.range(0));
  for (auto _ : state) {
    int go[2];
    Check(pipe(go), "pipe");
    for (int i = 0; i < processes; ++i) {
      if (Check(fork(), "fork") == 0) {
        close(go[1]);
        char byte;
        (void)!read(go[0], &byte, 1);  // ends when all have been started
        const std::string path = ElementPath(10 + i);
        for (int n = 0; n < kEach; ++n) {
          ReadOnce(path.c_str());
        }
        _exit(0);
      }
    }
    close(go[0]);
    const auto start = std::chrono::steady_clock::now();
    close(go[1]);
    for (int i = 0; i < processes; ++i) {
      int status = 0;
      Check(wait(&status), "wait");
      if (status != 0) {
        std::exit(1);
      }
    }
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    state.SetIterationTime(taken.count() / (kEach * processes));
  }
}
BENCHMARK(ReadElements)->Arg(1)->Arg(4)->UseManualTime()->Iterations(3);

}  // namespace
}  // namespace shmount::bench
