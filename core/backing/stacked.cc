// SPDX-License-Identifier: Apache-2.0
#include "core/backing/stacked.h"

#include <linux/magic.h>
#include <sys/statfs.h>

#include "core/backing/syscall.h"

namespace shmount {

Result<bool> IsStacked(const Directory& directory) {
  struct statfs st;
  if (Ask("fstatfs", [&] { return fstatfs(directory.fd(), &st); }) < 0) {
    return FailErrno("fstatfs");
  }
  return st.f_type == FUSE_SUPER_MAGIC || st.f_type == OVERLAYFS_SUPER_MAGIC ||
         st.f_type == ECRYPTFS_SUPER_MAGIC;
}

}  // namespace shmount
