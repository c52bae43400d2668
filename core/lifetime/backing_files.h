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
  /// `blocks` are the inodes in the backing that matter.
  static Result<BackingFiles> Of(const Directory& backing, std::unordered_set<ino_t> blocks);

  /// Adds the mounts of the backing that the process's mount namespace has.
  void AddMountsOf(const Process& process);

  /// Whether the device is the backing's or that of a mount of it.
  bool Contains(dev_t device) const { return devices_.contains(device); }
  /// Whether such a device is that of a mount.
  bool IsMount(dev_t device) const { return devices_.at(device); }
  /// The block that a file belongs to.
  std::optional<ino_t> BlockOf(dev_t device, ino_t inode) const;

 private:
  explicit BackingFiles(std::unordered_set<ino_t> blocks) : blocks_(std::move(blocks)) {}

  std::unordered_set<ino_t> blocks_;
  std::optional<FsPath> backing_;
  std::unordered_map<dev_t, bool> devices_;  // and whether it is that of a mount
  std::unordered_set<std::string> namespaces_;
};

}  // namespace shmount
