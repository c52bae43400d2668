// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace shmount {

/// The kind of a file system.
class FileSystem {
 public:
  /// The `magic` is statfs(2)'s f_type.
  explicit FileSystem(std::uint32_t magic) : magic_(magic) {}

  /// Whether its files are memory: it is a tmpfs or a ramfs. Files on any other are ordinary files,
  /// which are no orphans though no process has them open.
  bool IsMemory() const;
  /// Whether it is hugetlbfs, whose files can be mapped but not written.
  bool IsHuge() const;
  /// Whether inotify(7) reports every change of its files. It does not on FUSE and network file
  /// systems, whose files another program or machine can change beneath.
  bool TellsOfChanges() const;
  /// A name such as "ext4", or the number of a less common one.
  std::string Name() const;

 private:
  std::uint32_t magic_;
};

}  // namespace shmount
