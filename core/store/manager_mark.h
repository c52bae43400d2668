// SPDX-License-Identifier: Apache-2.0
// The blocks that belong to a manager, a mount that unlinks them when it ends, as
// SharedMemoryManager does.
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

/// Whether something belongs to a manager.
enum class Claim : std::uint8_t {
  kNone,
  kDoubtful,  ///< it bears the ID, which another user can have put there
  kOurs,
};

/// What one manager has made. Its ID is on each block as user.shmount.manager, for all to see;
/// anybody who may write a block could put it there, so that it counts only where nobody else could
/// have: on a block that this object marked itself, as trusted.shmount.manager where this process
/// may set that (CAP_SYS_ADMIN), else on one of this user that others cannot write. Thread safe.
class Managed {
 public:
  explicit Managed(std::string id) : id_(std::move(id)) {}

  const std::string& id() const { return id_; }
  /// Takes a new block or draft, which should have no name yet. ENOTSUP: the backing has no user
  /// xattrs.
  Status Take(const Inode& inode);

  Result<Claim> ClaimOn(const Inode& inode) const;

 private:
  const std::string id_;
  mutable std::mutex mutex_;
  std::unordered_set<std::uint64_t> taken_;
};

}  // namespace shmount
