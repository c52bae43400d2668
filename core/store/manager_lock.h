// SPDX-License-Identifier: Apache-2.0
// A manager is named by its ID and the backing that it serves. While its daemon lives, it holds a
// socket in the kernel's abstract name space, which nobody can leave behind: it goes with the
// process. That name space belongs to the network namespace, so managers in others are not seen.
#pragma once

#include <cstddef>
#include <string>

#include "core/backing/directory.h"
#include "core/base/result.h"
#include "core/base/unique_fd.h"

namespace shmount {

/// Longest manager ID.
inline constexpr std::size_t kMaxManagerId = 48;

/// Whether a manager of `backing` is possible. EOPNOTSUPP: on a file system that is no memory it
/// would unlink ordinary files.
Status MayBeManaged(const Directory& backing);

/// Makes this process the manager `id` of `backing` until the descriptor is closed. EBUSY where one
/// lives already; EINVAL for an empty ID, ENAMETOOLONG for a long one.
Result<UniqueFd> ClaimManager(const Directory& backing, const std::string& id);

/// Whether a manager `id` of `backing` lives. True too where that cannot be told.
bool ManagerIsAlive(const Directory& backing, const std::string& id);

}  // namespace shmount
