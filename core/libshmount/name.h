// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/backing/directory.h"

namespace shm {

/// The directory that shm_open(3) has its blocks in.
shmount::Directory OpenShm();

/// The name without the slash that it may begin with. Throws EINVAL, or ENAMETOOLONG, for one that
/// shm_open(3) would not take.
std::string CheckName(std::string_view name);

}  // namespace shm
