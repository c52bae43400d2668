// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace shmount {

/// What kind of file system a directory lies on.
class FileSystem {
 public:
  /// The `magic` is statfs(2)'s f_type.
  explicit FileSystem(std::uint32_t magic) : magic_(magic) {}

  /// Whether its files are memory: a tmpfs or a ramfs. On any other they are somebody's ordinary
  /// files, and none is an orphan because no process has it open.
  bool IsMemory() const;
  /// Whether it is hugetlbfs, whose files can be neither read nor written.
  bool IsHuge() const;
  /// Whether inotify(7) tells of every change of its files: of others, what another machine or
  /// program changes beneath comes without an event.
  bool TellsOfChanges() const;
  /// "ext4", or the number where it is none of the usual ones.
  std::string Name() const;

 private:
  std::uint32_t magic_;
};

}  // namespace shmount
