// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shmount {

/// A file by its file system and its path there, whatever it is mounted as.
struct FsPath {
  dev_t device = 0;
  std::string path;
  bool operator==(const FsPath&) const = default;
};

struct MountEntry {
  std::uint64_t id = 0;  ///< of the mount, the same in every namespace
  dev_t device = 0;
  std::string root;   ///< what of the file system is mounted
  std::string point;  ///< where
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

  /// Resolves the absolute `path` by the table alone: no file system has to answer. Symbolic links
  /// are not followed.
  std::optional<FsPath> Resolve(std::string_view path) const;
  /// The same, where the mount that it lies on is known by its number.
  std::optional<FsPath> Resolve(std::string_view path, std::uint64_t mount) const;

 private:
  std::vector<MountEntry> entries_;
};

}  // namespace shmount
