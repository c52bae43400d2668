// SPDX-License-Identifier: Apache-2.0
// The operations of programs on a block.
#include <cstddef>
#include <cstdint>

#include "bench.h"

namespace shmount::bench {
namespace {

constexpr std::size_t kMapped = std::size_t{4} << 20;
constexpr std::size_t kPage = 4096;

void MappedLoad(benchmark::State& state) {
  const Block block(kMapped);
  const Mapping mapping(block.fd(), kMapped);
  const auto* words = reinterpret_cast<volatile std::uint64_t*>(mapping.data());
  for (auto _ : state) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < kMapped / sizeof *words; ++i) {
      sum += words[i];
    }
    benchmark::DoNotOptimize(sum);
  }
}
BENCHMARK(MappedLoad);

void MappedStore(benchmark::State& state) {
  const Block block(kMapped);
  const Mapping mapping(block.fd(), kMapped);
  auto* words = reinterpret_cast<volatile std::uint64_t*>(mapping.data());
  for (auto _ : state) {
    for (std::size_t i = 0; i < kMapped / sizeof *words; ++i) {
      words[i] = i;
    }
  }
}
BENCHMARK(MappedStore);

// Maps a block, causes a page fault for each page as stores do, and unmaps it.
void PageFault(benchmark::State& state) {
  const Block block(kMapped);
  for (auto _ : state) {
    const Mapping mapping(block.fd(), kMapped);
    for (std::size_t at = 0; at < kMapped; at += kPage) {
      mapping.data()[at] = 'y';
    }
  }
}
BENCHMARK(PageFault);

void Map(benchmark::State& state) {
  const Block block(kMapped);
  for (auto _ : state) {
    const Mapping mapping(block.fd(), kMapped);
    benchmark::DoNotOptimize(mapping.data());
  }
}
BENCHMARK(Map);

void Read(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const Block block(size);
  std::vector<char> buffer(size);
  for (auto _ : state) {
    CheckAll(pread(block.fd(), buffer.data(), size, 0), size, "pread");
  }
}
BENCHMARK(Read)->Arg(64)->Arg(4096)->Arg(1 << 20);

void Write(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const Block block(size);
  const std::vector<char> buffer(size, 'z');
  for (auto _ : state) {
    CheckAll(pwrite(block.fd(), buffer.data(), size, 0), size, "pwrite");
  }
}
BENCHMARK(Write)->Arg(64)->Arg(4096)->Arg(1 << 20);

void Stat(benchmark::State& state) {
  const Block block(kPage);
  struct stat st;
  for (auto _ : state) {
    Check(stat(block.path(), &st), "stat");
  }
}
BENCHMARK(Stat);

void Access(benchmark::State& state) {
  const Block block(kPage);
  for (auto _ : state) {
    Check(access(block.path(), R_OK | W_OK), "access");
  }
}
BENCHMARK(Access);

void OpenClose(benchmark::State& state) {
  const Block block(kPage);
  for (auto _ : state) {
    close(Check(open(block.path(), O_RDWR), "open"));
  }
}
BENCHMARK(OpenClose)->UseRealTime();

// The system calls of SharedMemory(create=True), close() and unlink().
void CreateUnlink(benchmark::State& state) {
  const std::string path = directory + "/bench_new";
  unlink(path.c_str());
  for (auto _ : state) {
    const int fd = Check(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600), "create");
    Check(ftruncate(fd, kPage), "ftruncate");
    {
      const Mapping mapping(fd, kPage);
      mapping.data()[0] = 'x';
    }
    close(fd);
    Check(unlink(path.c_str()), "unlink");
  }
}
BENCHMARK(CreateUnlink)->UseRealTime();

}  // namespace
}  // namespace shmount::bench
