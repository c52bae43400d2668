// SPDX-License-Identifier: Apache-2.0
// Which blocks belong to a manager: a mount that unlinks them when it ends, as SharedMemoryManager
// does.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_set>

#include "core/backing/directory.h"
#include "core/backing/inode.h"
#include "core/base/result.h"

namespace shmount {

/// Whether a block or draft belongs to a manager.
enum class Claim : std::uint8_t {
  kNone,
  kDoubtful,  ///< it has the manager's ID, which another user may have set
  kOurs,
};

/// The blocks and drafts of one manager. Each has the manager's ID as user.shmount.manager, which
/// everyone can read. Anyone who may write a block can set that xattr, so it counts only where
/// nobody else can have set it: on a block that this object marked; if this process may set
/// trusted.shmount.manager (CAP_SYS_ADMIN), on a block that has this too; otherwise on a block of
/// this user that others cannot write. Thread safe.
class Managed {
 public:
  explicit Managed(std::string id) : id_(std::move(id)) {}

  const std::string& id() const { return id_; }
  /// Marks a new block or draft as the manager's. It should not have its name yet, so that a kill
  /// leaves nothing unmarked. ENOTSUP: the backing has no user xattrs.
  Status Take(const Inode& inode);

  Result<Claim> ClaimOn(const Inode& inode) const;

 private:
  const std::string id_;
  mutable std::mutex mutex_;
  std::unordered_set<std::uint64_t> taken_;
};

}  // namespace shmount
