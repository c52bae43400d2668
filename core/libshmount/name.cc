// SPDX-License-Identifier: Apache-2.0
#include "core/libshmount/name.h"

#include "core/backing/block_name.h"
#include "core/libshmount/error.h"

namespace libshmount::internal {

shmount::Directory OpenShm() {
  return Unwrap(shmount::Directory::OpenBacking("/dev/shm"), "/dev/shm");
}

std::string CheckName(std::string_view name) {
  if (name.starts_with('/')) {
    name.remove_prefix(1);
  }
  if (const auto checked = shmount::CheckBlockName(name); !checked) {
    Throw(checked.error().code, checked.error().where);
  }
  return std::string(name);
}

void CheckMode(mode_t mode) {
  if ((mode & ~mode_t{0777}) != 0) {
    Throw(EINVAL, "a mode of more than permission bits");
  }
}

}  // namespace libshmount::internal
