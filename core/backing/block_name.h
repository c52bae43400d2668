// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace shmount {

/// The beginning of the names of staging directories, where things are made out of sight.
inline constexpr std::string_view kStagingPrefix = ".shmount-";

/// Whether shm_open(3) takes `name`, which has no slash. EINVAL: it is empty, `.` or `..`, or has a
/// slash or a NUL in it. ENAMETOOLONG: more than 255 bytes.
Status CheckBlockName(std::string_view name);

/// Whether a name in the backing is shown at all.
bool IsVisible(std::string_view name, bool semaphores);

/// A name as CPython makes them up: psm_ and 8 hexadecimal digits.
std::string NovelBlockName();

}  // namespace shmount
