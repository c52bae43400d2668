// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace shmount {

/// The prefix of the names of staging directories, in which files are made out of sight.
inline constexpr std::string_view kStagingPrefix = ".shmount-";

/// Checks that shm_open(3) accepts `name`, given without its leading slash. EINVAL: it is empty,
/// `.` or `..`, or contains a slash or a NUL. ENAMETOOLONG: more than 255 bytes.
Status CheckBlockName(std::string_view name);

/// Whether a mount shows a name in the backing; `semaphores` is the mount's option.
bool IsVisible(std::string_view name, bool semaphores);

/// A random name like those of CPython: psm_ and 8 hexadecimal digits. It may be taken.
std::string NovelBlockName();

}  // namespace shmount
