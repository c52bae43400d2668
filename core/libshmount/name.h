// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/backing/backing.h"

namespace shm {

/// The directory that shm_open(3) has its blocks in.
shmount::Directory OpenShm();

/// The name without the slash that it may begin with. Throws EINVAL, or ENAMETOOLONG, for one that
/// shm_open(3) would not take.
std::string CheckName(std::string_view name);

/// psm_ and 8 hexadecimal digits, as Python makes them up.
std::string NovelName();

}  // namespace shm
