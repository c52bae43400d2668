// SPDX-License-Identifier: Apache-2.0
// A program outside of the source tree, as a user of libshmount writes one. Checks by itself what
// no other process can see, and does step by step what a test asks for on its standard input.
#include <shmount/shmount.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <stdexcept>
#include <system_error>

namespace {

int failures = 0;

void Check(bool holds, const char* what) {
  if (!holds) {
    std::printf("FAILED: %s\n", what);
    ++failures;
  }
}

template <class Call>
int ErrnoOf(Call call) {
  try {
    call();
  } catch (const std::system_error& error) {
    return error.code().value();
  }
  return 0;
}
#define CHECK(condition) Check((condition), #condition)

void CheckBlocks() {
  auto block = shm::SharedMemory::Create(5000, "/lib_block");
  CHECK(block.name() == "lib_block" && block.size() == 5000);
  CHECK(block.buf()[4999] == std::byte{0});
  auto again = shm::SharedMemory::Attach("lib_block");
  block.buf()[7] = std::byte{42};
  CHECK(again.buf()[7] == std::byte{42});
  CHECK(ErrnoOf([] { shm::SharedMemory::Create(1, "lib_block"); }) == EEXIST);
  auto moved = std::move(block);
  CHECK(block.buf().empty() && moved.buf()[7] == std::byte{42});
  moved.Unlink();
  CHECK(again.buf()[7] == std::byte{42});
  again.Close();
  again.Close();
  CHECK(again.size() == 0);
  CHECK(ErrnoOf([&] { again.Unlink(); }) == ENOENT);
  CHECK(ErrnoOf([] { shm::SharedMemory::Attach("lib_block"); }) == ENOENT);
  for (const char* name : {"", "/", ".", "..", "a/b", "//a"}) {
    CHECK(ErrnoOf([&] { shm::SharedMemory::Attach(name); }) == EINVAL);
  }
  CHECK(ErrnoOf([] { shm::SharedMemory::Attach(std::string(256, 'n')); }) == ENAMETOOLONG);
  CHECK(ErrnoOf([] { shm::SharedMemory::Create(0); }) == EINVAL);
  CHECK(ErrnoOf([] { shm::SharedMemory::Create(std::size_t{1} << 40); }) == ENOSPC);
  auto novel = shm::SharedMemory::Create(16);
  CHECK(novel.name().starts_with("psm_") && novel.name().size() == 12);
  novel.Unlink();
}

void CheckLists() {
  auto list = shm::ShareableList::Create({1, 2.5, true, "text", shm::Bytes{"raw"}, shm::None{}});
  CHECK(list.size() == 6 && list.shm().name().starts_with("psm_"));
  CHECK(list.Format() == "qdxxxxxxx?8s8sxxxxxx?x");
  CHECK(list.Get(-1) == shm::Value(shm::None{}) && list.Get(3) == shm::Value("text"));
  CHECK(list.Get(4) == shm::Value(shm::Bytes{"raw"}));
  CHECK(list.Count(1) == 2 && list.Index(true) == 0 && !list.Index("raw"));
  list.Set(-6, "a");
  CHECK(list.Get(0) == shm::Value("a"));
  CHECK(ErrnoOf([&] { list.Set(3, "nine byte"); }) == EFBIG);
  CHECK(ErrnoOf([&] { list.Set(3, "\xff"); }) == EILSEQ);
  CHECK(list.Get(3) == shm::Value("text"));
  for (const std::ptrdiff_t index : {6, -7}) {
    try {
      list.Set(index, 1);
      CHECK(!"an index past the end is refused");
    } catch (const std::out_of_range&) {
    }
  }
  CHECK(list.Values().size() == 6 && list.Values()[1] == shm::Value(2.5));
  list.shm().Unlink();
  auto empty = shm::ShareableList::Create({}, "lib_empty");
  CHECK(shm::ShareableList::Attach("lib_empty").size() == 0 && empty.Values().empty());
  empty.shm().Unlink();
  const auto block = shm::SharedMemory::Create(100, "lib_block");
  std::memset(block.buf().data(), 'x', 100);
  CHECK(ErrnoOf([] { shm::ShareableList::Attach("lib_block"); }) == EINVAL);
  block.Unlink();
}

}  // namespace

int main() {
  CheckBlocks();
  CheckLists();
  auto list = shm::ShareableList::Create({"howdy", -273.154, 100, shm::None{}, true}, "lib_trip");
  std::printf("%d failures\n", failures);
  std::fflush(stdout);
  std::cin.ignore(9, '\n');  // the test has attached a Python by now, which wrote to element 2
  std::printf("%s\n", std::get<std::string>(list.Get(2)).c_str());
  list.Set(0, shm::Bytes{"\xffok"});
  list.Set(1, 7);
  const auto theirs = shm::ShareableList::Attach("py_trip");
  std::printf("%zu %lld\n", theirs.size(), (long long)std::get<std::int64_t>(theirs.Get(-1)));
  std::fflush(stdout);
  std::cin.ignore(9, '\n');
  list.shm().Unlink();
  return failures == 0 ? 0 : 1;
}
