// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shmount {

/// Identifies a file by its file system and its path there, wherever that is mounted.
struct FsPath {
  dev_t device = 0;
  std::string path;
  bool operator==(const FsPath&) const = default;
};

/// One line of the table.
struct MountEntry {
  std::uint64_t id = 0;  ///< the mount's ID, which is unique across namespaces
  dev_t device = 0;
  std::string root;   ///< which directory of the file system is mounted
  std::string point;  ///< where it is mounted
  std::string type;
  std::string source;
  std::string super_options;
};

/// The mounts of one process, as /proc/PID/mountinfo lists them (proc_pid_mountinfo(5)).
class MountTable {
 public:
  /// Skips lines that are malformed.
  static MountTable Parse(std::string_view text);

  const std::vector<MountEntry>& entries() const { return entries_; }

  /// Resolves the absolute `path` by the table alone, without any call that waits for a file
  /// system. Does not follow symbolic links.
  std::optional<FsPath> Resolve(std::string_view path) const;
  /// The same if the ID of the mount that it lies on is known.
  std::optional<FsPath> Resolve(std::string_view path, std::uint64_t mount) const;

 private:
  std::vector<MountEntry> entries_;
};

}  // namespace shmount
