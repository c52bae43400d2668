// SPDX-License-Identifier: Apache-2.0
// The holders of a block: the processes that map it or have it open, in the backing or through a
// mount of it. /proc shows them by device and inode. It does not show descriptors that are under
// way in a socket or registered with io_uring; a lease (BlockFile::TakeLease) finds all.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/backing/directory.h"
#include "core/backing/inode.h"
#include "core/base/result.h"

namespace shmount {

/// One process that holds one block.
struct Holder {
  pid_t pid = 0;
  uid_t uid = 0;
  std::string command;
  bool mapping = false;
  bool descriptor = false;
  bool writable = false;       ///< at least one of its mappings or descriptors is
  bool through_mount = false;  ///< at least one is of a file in a mount of the backing
  /// It is the daemon of a mount, and stands for users of the mount who cannot be seen.
  bool daemon = false;
};

/// What one pass over /proc found.
class HolderTable {
 public:
  /// Finds the holders of `inodes` of the file system that `backing` is on, except this process.
  static Result<HolderTable> Scan(const Directory& backing, std::unordered_set<ino_t> inodes);

  /// In the order of their pids.
  std::span<const Holder> Of(ino_t inode) const;

  /// The processes that could not be inspected.
  std::span<const pid_t> unseen() const { return unseen_; }
  /// Whether there can be processes that /proc does not show here: those outside of this PID
  /// namespace, or those of other users (hidepid).
  bool hidden() const { return hidden_; }
  /// Whether an empty Of() means that there is no holder.
  bool complete() const { return unseen_.empty() && !hidden_; }

 private:
  friend class HolderScan;
  std::unordered_map<ino_t, std::vector<Holder>> holders_;
  std::vector<pid_t> unseen_;
  bool hidden_ = false;
};

enum class Use : std::uint8_t {
  kHeld,        ///< by processes that the table names
  kHeldUnseen,  ///< by a process that it does not name
  kOrphan,      ///< by nobody
  kFile,        ///< by nobody, on a file system whose files are no memory, and so no orphans
  kUnknown,     ///< the table names none, but not all processes could be inspected
};

/// Whether a block is in use. Asks for a lease where the table is not complete.
Use UseOf(const HolderTable& table, const Inode& block);

}  // namespace shmount
