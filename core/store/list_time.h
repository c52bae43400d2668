// SPDX-License-Identifier: Apache-2.0
// The time of last modification of a list's directory. It is that of the block, as that of each
// element is, until somebody sets it. From then on, until the block is written, it is in an xattr:
// were it the block's, rsync(1), which sets the directory's time first, would take the elements for
// copied.
#pragma once

#include <sys/stat.h>

#include <ctime>

#include "core/backing/inode.h"
#include "core/base/result.h"

namespace shmount {

/// What cannot be read is the block's, which is now `now`.
struct timespec ReadListTime(const Inode& block, const struct stat& now);
/// Takes the right to write the block.
Status SetListTime(const Inode& block, const struct timespec& time);
/// It is the block's again.
Status ForgetListTime(const Inode& block);

}  // namespace shmount
