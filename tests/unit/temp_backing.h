// SPDX-License-Identifier: Apache-2.0
// A private backing on the machine's tmpfs, and helpers for tests in it.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "core/backing/block_file.h"
#include "core/backing/directory.h"
#include "core/backing/inode.h"
#include "core/nodes/file_handle.h"
#include "core/store/staging_area.h"
#include "tests/support/list_blocks.h"

namespace shmount {

/// The errno of a call that failed; 0 if it succeeded.
template <class T>
int CodeOf(const Result<T>& result) {
  return result ? 0 : result.error().code;
}

inline std::span<const std::byte> BytesOf(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// Reads from `offset` to the end, `piece` bytes at a time.
inline std::string ReadAll(FileHandle& handle, std::size_t piece = 4096, std::uint64_t offset = 0) {
  std::string text;
  for (std::string buffer(piece, '\0');;) {
    const auto n = handle.Read(offset + text.size(), std::as_writable_bytes(std::span(buffer)));
    if (!n) {
      return "errno " + std::to_string(n.error().code);
    }
    if (*n == 0) {
      return text;
    }
    text.append(buffer, 0, *n);
  }
}

inline int WriteTo(FileHandle& handle, std::uint64_t offset, std::string_view text) {
  const auto n = handle.Write(offset, BytesOf(text));
  return n && *n != text.size() ? -1 : CodeOf(n);
}

inline int AppendTo(FileHandle& handle, std::string_view text) {
  const auto n = handle.Append(BytesOf(text));
  return n && *n != text.size() ? -1 : CodeOf(n);
}

class TempBacking : public testing::Test {
 public:
  ~TempBacking() override {
    if (path_.empty()) {
      return;
    }
    umask(umask_);
    std::error_code ignored;
    for (const auto& each : std::filesystem::directory_iterator(path_, ignored)) {
      if (each.symlink_status(ignored).type() == std::filesystem::file_type::directory) {
        chmod(each.path().c_str(), 0700);
      }
    }
    std::filesystem::remove_all(path_, ignored);
  }

 protected:
  void SetUp() override {
    std::string path = "/dev/shm/shmount-unit-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) {
      GTEST_SKIP() << "no directory in /dev/shm: " << std::strerror(errno);
    }
    path_ = path;
    umask_ = umask(0);  // as the daemon has it
    if (setxattr(path_.c_str(), "user.shmount.test", "", 0, 0) != 0) {
      GTEST_SKIP() << "tmpfs keeps user xattrs since Linux 6.6: " << std::strerror(errno);
    }
    backing_.emplace(Directory::OpenBacking(path_).value());
    area_.emplace(*backing_);
  }

  const std::string& path() const { return path_; }
  const Directory& backing() const { return *backing_; }
  /// It keeps no staging directory.
  const StagingArea& area() const { return *area_; }
  std::string Path(const std::string& name) const { return path_ + "/" + name; }

  void Put(const std::string& name, std::string_view bytes, mode_t mode = 0600) const {
    std::ofstream(Path(name), std::ios::binary | std::ios::trunc) << bytes;
    chmod(Path(name).c_str(), mode);
  }
  void Put(const std::string& name, const ListBlock& list, mode_t mode = 0600) const {
    Put(name, {reinterpret_cast<const char*>(list.bytes.data()), list.bytes.size()}, mode);
  }
  std::string Get(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(Path(name), std::ios::binary).rdbuf();
    return text.str();
  }
  bool Exists(const std::string& name) const {
    struct stat st;
    return lstat(Path(name).c_str(), &st) == 0;
  }
  struct stat StatOf(const std::string& name) const {
    struct stat st = {};
    EXPECT_EQ(lstat(Path(name).c_str(), &st), 0) << name;
    return st;
  }
  mode_t ModeOf(const std::string& name) const { return StatOf(name).st_mode & 07777; }

  /// The names below the backing, or a directory in it, in order.
  std::vector<std::string> Names(const std::string& below = "") const {
    std::vector<std::string> names;
    for (const auto& each : std::filesystem::directory_iterator(Path(below))) {
      names.push_back(each.path().filename());
    }
    std::ranges::sort(names);
    return names;
  }

  Inode Find(const char* name) const { return backing().Find(name).value(); }
  BlockFile Open(const char* name, int flags = O_RDWR) const {
    return Find(name).Open(flags).value();
  }

 private:
  std::string path_;
  mode_t umask_ = 0;
  std::optional<Directory> backing_;
  std::optional<StagingArea> area_;
};

}  // namespace shmount
