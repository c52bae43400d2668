// SPDX-License-Identifier: Apache-2.0
// Lists that are damaged, cut short, or written by others at the same time.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>

#include "core/list/assign.h"
#include "core/list/block_io.h"
#include "core/list/read.h"
#include "core/list/recognise.h"
#include "core/list/scan.h"
#include "tests/support/list_blocks.h"

namespace shmount {
namespace {

using Int = std::int64_t;

/// Damaged blocks: what is recognised is read and assigned to without leaving the block, which the
/// sanitizers watch; each block is a heap allocation of its exact size.
TEST(Damage, EverySingleByteFlipIsSurvived) {
  const auto v2 = MakeList({Int{1}, Str{"text"}, None{}, Bytes{"0123456789"}, true});
  for (const ListBlock& whole : {v2, ToV1(v2)}) {
    for (std::size_t at = 0; at < whole.bytes.size(); ++at) {
      for (int bit = 0; bit < 256; bit += (at < 48 ? 3 : 11)) {
        auto list = whole;
        list.bytes[at] = std::byte(bit);
        auto io = list.io();
        const auto found = RecogniseList(io, list.bytes.size(), false);
        ASSERT_TRUE(found);
        for (std::uint64_t i = 0; i < whole.shape.count; ++i) {
          (void)ReadElement(io, list.shape, i);
          (void)AssignElement(io, list.shape, i, Str{"12345678"});
        }
      }
    }
  }
}

TEST(Damage, EveryTruncationIsSurvived) {
  const auto v2 = MakeList({Int{1}, Str{"text"}, None{}, Bytes{"0123456789"}, true});
  for (const ListBlock& whole : {v2, ToV1(v2)}) {
    for (std::size_t size = 0; size < whole.bytes.size(); ++size) {
      std::vector<std::byte> bytes(whole.bytes.begin(),
                                   whole.bytes.begin() + static_cast<std::ptrdiff_t>(size));
      const MemoryIo io(bytes);
      EXPECT_NE(RecogniseList(io, size, false)->likeness, Likeness::kList) << size;
      for (std::uint64_t i = 0; i < whole.shape.count; ++i) {
        (void)ReadElement(io, whole.shape, i);
      }
      std::string formats;
      EXPECT_FALSE(AppendFormats(io, whole.shape, 0, whole.shape.count, formats) &&
                   size < whole.shape.codes_begin());
    }
  }
}

/// A block that threads share by pread and pwrite, as the daemon does.
class SharedIo final : public BlockIo {
 public:
  explicit SharedIo(const std::vector<std::byte>& bytes) : fd_(memfd_create("list", MFD_CLOEXEC)) {
    EXPECT_EQ(pwrite(fd_, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  }
  SharedIo(const SharedIo&) = delete;
  SharedIo& operator=(const SharedIo&) = delete;
  ~SharedIo() override { close(fd_); }

  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> into) const override {
    const auto got = pread(fd_, into.data(), into.size(), static_cast<off_t>(offset));
    if (got < 0) {
      return FailErrno("pread");
    }
    return static_cast<std::size_t>(got);
  }
  Status WriteAt(std::uint64_t offset, std::span<const std::byte> from) override {
    if (pwrite(fd_, from.data(), from.size(), static_cast<off_t>(offset)) < 0) {
      return FailErrno("pwrite");
    }
    return {};
  }

 private:
  int fd_;
};

TEST(Concurrency, ReadersSeeValuesThatWereAssigned) {
  const std::vector<Value> values = {Int{0x4141414141414141},  2.5,    Str{"AAAAAAAA"},
                                     Bytes{"BBBBBBBBCCCCCCC"}, None{}, true};
  const auto list = MakeList({Str{"twelve bytes"}});
  SharedIo io(list.bytes);
  ASSERT_TRUE(AssignElement(io, list.shape, 0, values[0]));
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (std::size_t i = 0; i < 60000; ++i) {
      EXPECT_TRUE(AssignElement(io, list.shape, 0, values[i * 7 % 11 % 6]));
    }
    done = true;
  });
  int seen = 0;
  int mixed = 0;
  while (!done) {
    const auto value = ReadElement(io, list.shape, 0);
    if (value) {  // an error if the scheduler stopped the writer between its stores
      mixed += std::ranges::find(values, *value) == values.end() ? 1 : 0;
      ++seen;
    }
  }
  writer.join();
  EXPECT_GT(seen, 0);
  // Two reads can agree because they met two rounds of this writer at the same point: it does
  // nothing else.
  EXPECT_LE(mixed, seen / 5000);
}

}  // namespace
}  // namespace shmount
