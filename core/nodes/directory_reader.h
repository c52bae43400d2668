// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/result.h"

namespace shmount {

struct Found;

/// Whether an error means that the daemon lacks descriptors or memory. It tells nothing about the
/// name that was looked up, so a listing must fail rather than leave the name out: the kernel would
/// cache it.
inline bool IsShortage(const Error& error) {
  return error.code == EMFILE || error.code == ENFILE || error.code == ENOMEM;
}

/// One name in a directory.
struct Listed {
  std::string_view name;     ///< valid until the next call
  std::uint64_t ino = 0;     ///< the inode number that its stat shows
  mode_t type = 0;           ///< its S_IFMT bits; 0: unknown without Lookup()
  std::uint64_t cookie = 0;  ///< for Seek(), to continue after this name
};

/// An open directory that is being read. Not thread safe: the kernel serialises the reads of one
/// directory.
class DirectoryReader {
 public:
  virtual ~DirectoryReader() = default;
  /// Continues after the name that had this cookie; 0 is the start.
  virtual Status Seek(std::uint64_t cookie) = 0;
  /// Reads the next name. Returns false at the end.
  virtual Result<bool> Next(Listed& listed) = 0;
  /// Looks up the name that Next has just returned and counts the lookup, as Volume::Lookup does,
  /// but uses what the listing has read. ENOENT: the name is gone or has no attributes. An error
  /// for which IsShortage() is true makes the listing fail.
  virtual Result<Found> Lookup() = 0;
};

}  // namespace shmount
