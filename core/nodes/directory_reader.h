// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/result.h"

namespace shmount {

struct Found;

/// Whether an error says of the daemon that it lacks descriptors or memory, and nothing of the name
/// that it could not look at: a listing without that name would be kept for true.
inline bool IsShortage(const Error& error) {
  return error.code == EMFILE || error.code == ENFILE || error.code == ENOMEM;
}

/// One name in a directory.
struct Listed {
  std::string_view name;     ///< valid until the next call
  std::uint64_t ino = 0;     ///< as its stat would show
  mode_t type = 0;           ///< its S_IFMT bits; 0: only Lookup tells
  std::uint64_t cookie = 0;  ///< Seek here to go on after it
};

/// An open directory that is being read. Not thread safe: the kernel serialises reads of one.
class DirectoryReader {
 public:
  virtual ~DirectoryReader() = default;
  /// Goes on after the name with this cookie; 0 is the start.
  virtual Status Seek(std::uint64_t cookie) = 0;
  /// The next name, or false at the end.
  virtual Result<bool> Next(Listed& listed) = 0;
  /// Looks up the name that Next just gave and counts the lookup, as Volume::Lookup would, but with
  /// what the listing has at hand. ENOENT: it is gone or has no attributes to give. A name without
  /// a type that cannot be looked at for an IsShortage() makes the listing fail.
  virtual Result<Found> Lookup() = 0;
};

}  // namespace shmount
