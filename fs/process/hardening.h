// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

namespace shmount {

/// What a process of root's must still be able to do after the mount, besides work on blocks.
struct Duties {
  bool serve = false;       ///< answers requests: the daemon. Otherwise it is its guard.
  bool administer = false;  ///< registers blocks for passthrough, sets trusted.* xattrs, unmounts
  bool many_users = false;  ///< acts as each of its users
};

/// Gives up, for good, what root's daemon does not need once it is mounted: all capabilities except
/// those for its duties, the rights that set-user-ID programs give, and system calls that would let
/// an attacker who takes it over reach more than blocks (see system_call_filter.h). Applies to the
/// calling thread and to threads that it starts later. Does nothing in an ordinary user's daemon:
/// it has no rights beyond its user's, and in the end it may have to run fusermount3, which is
/// set-user-ID.
Status GiveUpPrivileges(const Duties& duties);

}  // namespace shmount
