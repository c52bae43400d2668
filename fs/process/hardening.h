// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

namespace shmount {

/// What root's daemon goes on doing, besides what it does to blocks.
struct Duties {
  bool administer = false;  ///< registers blocks for passthrough, keeps trusted.* marks, unmounts
  bool many_users = false;  ///< acts as each of its users
};

/// Gives up, for good, what root's daemon has no use for once it is mounted: capabilities but for
/// those of its duties, programs that give rights, and system calls by which taking it over would
/// be worth more than the blocks are. For the calling thread and those it starts later. An ordinary
/// user's daemon is left as it is: it has no rights of its own, and at its end it may have to run
/// fusermount3, which has some.
Status GiveUpPrivileges(const Duties& duties);

}  // namespace shmount
