// SPDX-License-Identifier: Apache-2.0
// What tells one file of the backing from another. An inode's number alone does not: some file
// systems use it again at once, or for two files at a time.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <functional>

namespace shmount {

/// What stat(2) tells of a file, and when it was made: zero where the file system does not tell.
struct FileStat : stat {
  struct timespec birth = {};
};

/// From what statx(2) gives.
FileStat StatOf(const struct statx& from);

/// A file, as long as it lives and from whatever came before.
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

/// Mixes the bits of a number (splitmix64).
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
