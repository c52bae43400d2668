// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "core/backing/directory.h"

namespace libshmount::internal {

/// The directory that shm_open(3) has its blocks in.
shmount::Directory OpenShm();

/// The name without the slash that it may begin with. Throws EINVAL, or ENAMETOOLONG, for one that
/// shm_open(3) would not take.
std::string CheckName(std::string_view name);

/// Throws EINVAL for a mode with more than permission bits.
void CheckMode(mode_t mode);

}  // namespace libshmount::internal
