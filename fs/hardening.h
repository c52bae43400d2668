// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.h"

namespace shmount {

/// Gives up, for good, what root's daemon has no use for once it is mounted: capabilities but for
/// those it needs (to act as each of its users where it is `multi_user`), programs that give
/// rights, and system calls by which taking it over would be worth more than the blocks are. For
/// the calling thread and those it starts later. An ordinary user's daemon is left as it is: it has
/// no rights of its own, and at its end it may have to run fusermount3, which has some.
Status GiveUpPrivileges(bool multi_user);

}  // namespace shmount
