// SPDX-License-Identifier: Apache-2.0
// bench_operations DIRECTORY [Google Benchmark's options]
#include "bench.h"

std::string shmount::bench::directory;

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (argc != 2) {
    std::fputs("usage: bench_operations DIRECTORY [--benchmark_…]\n", stderr);
    return 2;
  }
  shmount::bench::directory = argv[1];
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
