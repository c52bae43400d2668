// SPDX-License-Identifier: Apache-2.0
// The modification time of a list's directory. It is that of the block, as are those of the
// elements, until a program sets it. Then, until the block is written, it is kept in an xattr. If
// it were set on the block, rsync(1), which sets the directory's time first, would consider the
// elements up to date.
#pragma once

#include <sys/stat.h>

#include <ctime>

#include "core/backing/inode.h"
#include "core/base/result.h"

namespace shmount {

/// `now` is the block's current stat, whose time is returned if there is no xattr to read.
struct timespec ReadListTime(const Inode& block, const struct stat& now);
/// EACCES: needs the right to write the block.
Status SetListTime(const Inode& block, const struct timespec& time);
/// Makes the directory's time that of the block again.
Status ForgetListTime(const Inode& block);

}  // namespace shmount
