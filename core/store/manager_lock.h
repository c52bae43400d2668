// SPDX-License-Identifier: Apache-2.0
// A manager is identified by its ID and the backing that it serves. While its daemon lives, the
// daemon holds flock(2) on a file in its user's staging directory, which only that user and root
// can open. The lock ends with the process. The file that a killed daemon leaves is removed when
// the directory is cleaned.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "core/backing/block_file.h"
#include "core/backing/directory.h"
#include "core/base/result.h"
#include "core/store/staging.h"
#include "core/store/staging_area.h"

namespace shmount {

/// Longest manager ID, in bytes.
inline constexpr std::size_t kMaxManagerId = 48;

/// Checks that `backing` can have a manager. EOPNOTSUPP: its file system is not memory, so that a
/// manager would unlink ordinary files.
Status MayBeManaged(const Directory& backing);

/// Holds the lock that makes this process a manager, until it is destroyed.
class ManagerClaim {
 public:
  ManagerClaim(ManagerClaim&&) = default;
  ManagerClaim& operator=(ManagerClaim&&) = delete;
  ~ManagerClaim();

 private:
  friend Result<ManagerClaim> ClaimManager(const StagingArea& area, const std::string& id);
  ManagerClaim(Staging staging, std::string name, BlockFile file)
      : staging_(std::move(staging)), name_(std::move(name)), file_(std::move(file)) {}

  Staging staging_;
  std::string name_;
  BlockFile file_;
};

/// Makes this process the user's manager `id` of a backing. EBUSY: another process is. EINVAL: the
/// ID is empty. ENAMETOOLONG: it is too long.
Result<ManagerClaim> ClaimManager(const StagingArea& area, const std::string& id);

/// Whether a manager `id` of `backing`, run by `owner` or by root, is alive, so that a block of
/// `owner` can belong to it. Also true if that cannot be determined.
bool ManagerIsAlive(const Directory& backing, const std::string& id, uid_t owner);

}  // namespace shmount
