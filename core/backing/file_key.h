// SPDX-License-Identifier: Apache-2.0
// Identifies a file of the backing. An inode number is not enough: some file systems reuse it at
// once, or give it to two files at a time.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <functional>

namespace shmount {

/// The result of stat(2), and the time at which the file was created: zero if the file system does
/// not record it.
struct FileStat : stat {
  struct timespec birth = {};
};

/// Converts the result of statx(2).
FileStat StatOf(const struct statx& from);

/// Identifies a file among all that exist, and among those that had its inode number before.
struct FileKey {
  std::uint64_t ino = 0;
  std::uint64_t device = 0;
  std::int64_t birth = 0;  ///< in nanoseconds
  bool operator==(const FileKey&) const = default;
};

inline FileKey KeyOf(const FileStat& st) {
  return {st.st_ino, st.st_dev,
          std::int64_t{st.birth.tv_sec} * 1'000'000'000 + std::int64_t{st.birth.tv_nsec}};
}

/// Mixes the bits of a number, as splitmix64 does.
constexpr std::uint64_t MixBits(std::uint64_t bits) {
  bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
  return bits ^ bits >> 31;
}

struct FileKeyHash {
  std::size_t operator()(const FileKey& key) const {
    return MixBits(key.ino ^ MixBits(key.device ^ MixBits(static_cast<std::uint64_t>(key.birth))));
  }
};

}  // namespace shmount
