// SPDX-License-Identifier: Apache-2.0
// Finds the holders of a block: the processes that map it or have it open, in the backing or
// through a mount of it. They are found in /proc by device and inode number. /proc does not show
// descriptors that are in flight in a socket or registered with io_uring; a lease
// (BlockFile::TakeLease) detects these too.
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
  bool writable = false;       ///< at least one mapping or descriptor is
  bool through_mount = false;  ///< at least one belongs to a file in a mount of the backing
  /// It is a mount's daemon, listed in the place of users of the mount who cannot be seen.
  bool daemon = false;
};

/// The result of one pass over /proc.
class HolderTable {
 public:
  /// Finds the holders of the blocks in `backing` with these inode numbers. This process does not
  /// count.
  static Result<HolderTable> Scan(const Directory& backing, std::unordered_set<ino_t> inodes);

  /// The holders of one block, in the order of their PIDs.
  std::span<const Holder> Of(ino_t inode) const;

  /// The processes that could not be inspected.
  std::span<const pid_t> unseen() const { return unseen_; }
  /// Whether there may be processes that /proc does not show here: those outside of this PID
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

/// Whether a block is held, and how that is known.
enum class Use : std::uint8_t {
  kHeld,        ///< processes in the table hold it
  kHeldUnseen,  ///< a process that is not in the table holds it
  kOrphan,      ///< nobody holds it
  kFile,     ///< nobody holds it, but it is an ordinary file and no orphan (FileSystem::IsMemory)
  kUnknown,  ///< the table has no holder, but not all processes could be inspected
};

/// Whether a block is in use. Tries to take a lease if the table is not complete.
Use UseOf(const HolderTable& table, const Inode& block);

}  // namespace shmount
