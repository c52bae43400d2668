// SPDX-License-Identifier: Apache-2.0
#include "core/libshmount/name.h"

#include "core/backing/block_name.h"
#include "core/libshmount/error.h"

namespace shm {

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

}  // namespace shm
