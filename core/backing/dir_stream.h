// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/base/unique_fd.h"

namespace shmount {

/// One name in a directory.
struct DirEntry {
  std::string_view name;  ///< ends in a NUL; valid until the next entry is read
  std::uint64_t ino = 0;
  std::uint64_t cookie = 0;  ///< for DirStream::Seek
  unsigned char type = 0;    ///< DT_REG and so on (readdir(3))

  bool is_dots() const { return name == "." || name == ".."; }
};

/// Reads a directory from its start, or from after an entry. Not thread safe.
class DirStream {
 public:
  explicit DirStream(UniqueFd fd) : fd_(std::move(fd)) {}

  /// Continues after the entry that had this `cookie`; 0 is the start.
  Status Seek(std::uint64_t cookie);
  /// The next entry; false at the end.
  Result<bool> Next(DirEntry& entry);

 private:
  UniqueFd fd_;
  std::vector<char> buffer_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  std::uint64_t cookie_ = 0;  // of the last entry that Next returned
};

}  // namespace shmount
