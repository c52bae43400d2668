// SPDX-License-Identifier: Apache-2.0
// A manager is named by its ID and the backing that it serves. While its daemon lives, it holds
// flock(2) on a file in its user's staging directory, which nobody but that user and root can open.
// The lock goes with the process; the file that a killed one left goes when the directory is
// cleaned.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "core/backing/block_file.h"
#include "core/backing/directory.h"
#include "core/base/result.h"
#include "core/store/staging.h"

namespace shmount {

/// Longest manager ID.
inline constexpr std::size_t kMaxManagerId = 48;

/// Whether a manager of `backing` is possible. EOPNOTSUPP: on a file system that is no memory it
/// would unlink ordinary files.
Status MayBeManaged(const Directory& backing);

/// Says, as long as it lives, that this process is a manager.
class ManagerClaim {
 public:
  ManagerClaim(ManagerClaim&&) = default;
  ManagerClaim& operator=(ManagerClaim&&) = delete;
  ~ManagerClaim();

 private:
  friend Result<ManagerClaim> ClaimManager(const Directory& backing, const std::string& id);
  ManagerClaim(Staging staging, std::string name, BlockFile file)
      : staging_(std::move(staging)), name_(std::move(name)), file_(std::move(file)) {}

  Staging staging_;
  std::string name_;
  BlockFile file_;
};

/// Makes this process the user's manager `id` of `backing`. EBUSY where one lives already; EINVAL
/// for an empty ID, ENAMETOOLONG for a long one.
Result<ManagerClaim> ClaimManager(const Directory& backing, const std::string& id);

/// Whether a manager `id` of `backing` lives to which a block of `owner` can belong: one of that
/// user or of root. True too where that cannot be told.
bool ManagerIsAlive(const Directory& backing, const std::string& id, uid_t owner);

}  // namespace shmount
