// SPDX-License-Identifier: Apache-2.0
#include "core/store/list_time.h"

#include <cstdio>
#include <string>

#include "core/backing/xattr_names.h"
#include "core/base/time_order.h"

namespace shmount {

struct timespec ReadListTime(const Inode& block, const struct stat& now) {
  // Setting an xattr changes only the change time; a write changes both.
  if (SameTime(now.st_ctim, now.st_mtim)) {
    return now.st_mtim;
  }
  const std::string value = block.GetXattr(kTimeXattr).value_or("");
  struct timespec time = {};
  const bool whole = std::sscanf(value.c_str(), "%ld.%9ld", &time.tv_sec, &time.tv_nsec) == 2;
  return whole && time.tv_nsec >= 0 ? time : now.st_mtim;
}

Status SetListTime(const Inode& block, const struct timespec& time) {
  return block.SetXattr(kTimeXattr,
                        std::to_string(time.tv_sec) + "." + std::to_string(time.tv_nsec), 0);
}

Status ForgetListTime(const Inode& block) {
  const auto removed = block.RemoveXattr(kTimeXattr);
  return removed || removed.error().code == ENODATA || removed.error().code == ENOTSUP ? Status{}
                                                                                       : removed;
}

}  // namespace shmount
