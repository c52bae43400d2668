// SPDX-License-Identifier: Apache-2.0
// A program outside of the source tree, as a user of libshmount writes one. Checks by itself what
// no other process can see, and does step by step what a test asks for on its standard input.
#include <fcntl.h>
#include <shmount/shmount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>

using libshmount::Access;
using libshmount::Bytes;
using libshmount::None;
using libshmount::ShareableList;
using libshmount::SharedMemory;
using libshmount::Value;

// What exported_symbols.txt cannot tell of the ABI: the size of what users hold, and the order of a
// Value's types.
static_assert(sizeof(SharedMemory) == sizeof(void*) && sizeof(ShareableList) == sizeof(void*));
static_assert(sizeof(Bytes) == sizeof(std::string) && sizeof(Access) == 1);
static_assert(
    std::is_same_v<Value, std::variant<None, bool, std::int64_t, double, std::string, Bytes>>);
// A number that no element may hold does not convert in silence.
static_assert(!std::is_convertible_v<std::uint64_t, Value> &&
              std::is_convertible_v<unsigned, Value>);
static_assert(!std::is_copy_constructible_v<SharedMemory> &&
              !std::is_copy_assignable_v<ShareableList>);
static_assert(std::is_nothrow_move_constructible_v<SharedMemory> &&
              std::is_nothrow_move_assignable_v<ShareableList>);

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
  auto block = SharedMemory::Create(5000, "/lib_block");
  CHECK(block.name() == "lib_block" && block.size() == 5000);
  CHECK(block.buf()[4999] == std::byte{0});
  auto again = SharedMemory::Attach("lib_block");
  block.buf()[7] = std::byte{42};
  CHECK(again.buf()[7] == std::byte{42});
  CHECK(ErrnoOf([] { SharedMemory::Create(1, "lib_block"); }) == EEXIST);
  auto moved = std::move(block);
  CHECK(block.buf().empty() && block.name().empty() && moved.buf()[7] == std::byte{42});
  moved.Unlink();
  CHECK(again.buf()[7] == std::byte{42});
  again.Close();
  again.Close();
  CHECK(again.size() == 0);
  CHECK(ErrnoOf([&] { again.Unlink(); }) == ENOENT);
  CHECK(ErrnoOf([] { SharedMemory::Attach("lib_block"); }) == ENOENT);
  for (const char* name : {"", "/", ".", "..", "a/b", "//a"}) {
    CHECK(ErrnoOf([&] { SharedMemory::Attach(name); }) == EINVAL);
  }
  CHECK(ErrnoOf([] { SharedMemory::Attach(std::string(256, 'n')); }) == ENAMETOOLONG);
  CHECK(ErrnoOf([] { SharedMemory::Create(0); }) == EINVAL);
  CHECK(ErrnoOf([] { SharedMemory::Create(std::size_t{1} << 40); }) == ENOSPC);
  auto novel = SharedMemory::Create(16);
  CHECK(novel.name().starts_with("psm_") && novel.name().size() == 12);
  novel.Unlink();
}

/// What an attached object that may only read refuses, and what it shows.
void CheckReadOnly() {
  auto block = SharedMemory::Create(16, "lib_block");
  const auto reader = SharedMemory::Attach("lib_block", Access::kReadOnly);
  CHECK(reader.read_only() && !block.read_only() && reader.size() == 16);
  block.buf()[3] = std::byte{9};
  CHECK(reader.bytes()[3] == std::byte{9} && block.bytes()[3] == std::byte{9});
  CHECK(ErrnoOf([&] { reader.buf(); }) == EACCES);
  reader.Unlink();
  auto list = ShareableList::Create({1, "text"}, "lib_list");
  auto watched = ShareableList::Attach("lib_list", Access::kReadOnly);
  list.Set(0, 2);
  CHECK(watched.Get(0) == Value(2) && watched.Index("text") == 1);
  CHECK(ErrnoOf([&] { watched.Set(0, 3); }) == EACCES);
  CHECK(list.Get(0) == Value(2) && watched.shm().read_only());
  watched = std::move(list);
  watched.Set(0, 3);
  CHECK(watched.Get(0) == Value(3));
  watched.shm().Unlink();
}

mode_t ModeOf(const std::string& name) {
  struct stat st = {};
  CHECK(stat(("/dev/shm/" + name).c_str(), &st) == 0);
  return st.st_mode & 07777;
}

/// A new block or list has the very mode that was asked for, and is mapped whatever that is.
void CheckModes() {
  umask(077);
  for (const mode_t mode : {0u, 0400u, 0600u, 0644u, 0666u}) {
    auto block = SharedMemory::Create(8, "lib_block", mode);
    block.buf()[0] = std::byte{1};
    auto list = ShareableList::Create({"x"}, {}, mode);
    list.Set(0, "y");
    CHECK(ModeOf("lib_block") == mode && ModeOf(list.shm().name()) == mode);
    block.Unlink();
    list.shm().Unlink();
  }
  CHECK(ErrnoOf([] { SharedMemory::Create(8, "lib_block", 04600); }) == EINVAL);
  CHECK(ErrnoOf([] { ShareableList::Create({1}, "lib_block", 01600); }) == EINVAL);
  CHECK(access("/dev/shm/lib_block", F_OK) != 0);
}

/// What stands in the way of a name without being a block.
void CheckOthers() {
  const std::string path = "/dev/shm/lib_other";
  CHECK(symlink("/dev/shm/lib_block", path.c_str()) == 0);
  CHECK(ErrnoOf([] { SharedMemory::Attach("lib_other"); }) == EINVAL);
  unlink(path.c_str());
  CHECK(mkfifo(path.c_str(), 0600) == 0);
  CHECK(ErrnoOf([] { SharedMemory::Attach("lib_other"); }) == EINVAL);
  unlink(path.c_str());
  CHECK(mkdir(path.c_str(), 0700) == 0);
  CHECK(ErrnoOf([] { ShareableList::Attach("lib_other"); }) == EISDIR);
  rmdir(path.c_str());
  CHECK(close(creat(path.c_str(), 0600)) == 0);
  CHECK(ErrnoOf([] { SharedMemory::Attach("lib_other"); }) == EINVAL);
  unlink(path.c_str());
}

void CheckLists() {
  auto list = ShareableList::Create({1, 2.5, true, "text", Bytes{"raw"}, None{}});
  CHECK(list.size() == 6 && list.shm().name().starts_with("psm_"));
  CHECK(list.Format() == "qdxxxxxxx?8s8sxxxxxx?x");
  CHECK(list.Get(-1) == Value(None{}) && list.Get(3) == Value("text"));
  CHECK(list.Get(4) == Value(Bytes{"raw"}));
  CHECK(list.Count(1) == 2 && list.Index(true) == 0 && !list.Index("raw"));
  list.Set(-6, "a");
  CHECK(list.Get(0) == Value("a"));
  CHECK(ErrnoOf([&] { list.Set(3, "nine byte"); }) == EFBIG);
  CHECK(ErrnoOf([&] { list.Set(3, "\xff"); }) == EILSEQ);
  CHECK(list.Get(3) == Value("text"));
  for (const std::ptrdiff_t index : {6, -7}) {
    try {
      list.Set(index, 1);
      CHECK(!"an index past the end is refused");
    } catch (const std::out_of_range&) {
    }
  }
  CHECK(ErrnoOf([&] { (void)list.Index("\xff"); }) == EILSEQ);
  CHECK(ErrnoOf([] { ShareableList::Create({std::string(9'999'992, 'x')}, "lib_list"); }) == EFBIG);
  CHECK(list.Values().size() == 6 && list.Values()[1] == Value(2.5));
  // The byte that tells element 4's type, the last but one of the block.
  list.shm().buf()[list.shm().size() - 2] = std::byte{99};
  CHECK(ErrnoOf([&] { (void)list.Get(4); }) == EIO && ErrnoOf([&] { (void)list.Values(); }) == EIO);
  CHECK(list.Get(3) == Value("text"));
  list.shm().Unlink();
  auto empty = ShareableList::Create({}, "lib_empty");
  CHECK(ShareableList::Attach("lib_empty").size() == 0 && empty.Values().empty());
  empty.shm().Unlink();
  const auto block = SharedMemory::Create(100, "lib_block");
  std::memset(block.buf().data(), 'x', 100);
  CHECK(ErrnoOf([] { ShareableList::Attach("lib_block"); }) == EINVAL);
  block.Unlink();
}

}  // namespace

int main() {
  CHECK(std::string(SHMOUNT_VERSION) == libshmount::Version());
  CheckBlocks();
  CheckReadOnly();
  CheckModes();
  CheckOthers();
  CheckLists();
  auto list = ShareableList::Create({"howdy", -273.154, 100, None{}, true}, "lib_trip");
  std::printf("%d failures\n", failures);
  std::fflush(stdout);
  std::cin.ignore(9, '\n');  // the test has attached a Python by now, which wrote to element 2
  std::printf("%s\n", std::get<std::string>(list.Get(2)).c_str());
  list.Set(0, Bytes{"\xffok"});
  list.Set(1, 7);
  const auto theirs = ShareableList::Attach("py_trip");
  std::printf("%zu %lld\n", theirs.size(), (long long)std::get<std::int64_t>(theirs.Get(-1)));
  std::fflush(stdout);
  std::cin.ignore(9, '\n');
  list.shm().Unlink();
  return failures == 0 ? 0 : 1;
}
