// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "core/backing/directory.h"
#include "core/base/result.h"
#include "core/proc/mount_table.h"
#include "core/proc/process.h"

namespace shmount {

/// Maps files, by device and inode number, to the blocks of one backing: the blocks themselves, and
/// the files that show them in mounts of the backing.
class BackingFiles {
 public:
  /// A mount that claims to show the backing. Anyone who may mount can make such a mount.
  struct Mount {
    std::optional<uid_t> owner;                  ///< nothing if unknown
    std::unordered_set<std::string> namespaces;  ///< the mount namespaces that have it
    /// Whether the claim is believed: the mount is root's or this process's user's.
    bool IsTrusted() const;
  };

  /// `blocks` are the inode numbers of the blocks in the backing to find.
  static Result<BackingFiles> Of(const Directory& backing, std::unordered_set<ino_t> blocks);

  /// Adds the mounts of the backing in the process's mount namespace.
  void AddMountsOf(const Process& process);

  /// Whether the device is that of the backing or of one of its mounts.
  bool Contains(dev_t device) const { return own_.contains(device) || MountOf(device) != nullptr; }
  /// The mount with this device; null if it is the backing's own.
  const Mount* MountOf(dev_t device) const;
  /// The inode number of the block that a file shows; nothing if it shows none.
  std::optional<ino_t> BlockOf(dev_t device, ino_t inode) const;

 private:
  explicit BackingFiles(std::unordered_set<ino_t> blocks) : blocks_(std::move(blocks)) {}

  std::unordered_set<ino_t> blocks_;
  std::optional<FsPath> backing_;
  std::unordered_set<dev_t> own_;
  std::unordered_map<dev_t, Mount> mounts_;
  std::unordered_set<std::string> namespaces_;
};

}  // namespace shmount
