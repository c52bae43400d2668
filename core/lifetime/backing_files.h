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

/// Tells by device and inode which files are blocks of one backing: the blocks themselves, and the
/// files that stand for them in mounts of the backing.
class BackingFiles {
 public:
  /// What says of itself that it is a mount of the backing. Anyone who may mount can say so.
  struct Mount {
    std::optional<uid_t> owner;                  ///< nothing where it cannot be told
    std::unordered_set<std::string> namespaces;  ///< that have it
    /// Whether its word is to be taken: it is root's, or this process's user's.
    bool IsTrusted() const;
  };

  /// `blocks` are the inodes in the backing that matter.
  static Result<BackingFiles> Of(const Directory& backing, std::unordered_set<ino_t> blocks);

  /// Adds the mounts of the backing that the process's mount namespace has.
  void AddMountsOf(const Process& process);

  /// Whether the device is the backing's or that of a mount of it.
  bool Contains(dev_t device) const { return own_.contains(device) || MountOf(device) != nullptr; }
  /// The mount that has the device; null where it is the backing's own.
  const Mount* MountOf(dev_t device) const;
  /// The block that a file belongs to.
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
