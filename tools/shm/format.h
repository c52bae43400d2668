// SPDX-License-Identifier: Apache-2.0
// Sizes, ages, users and names as people read and write them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <string>

namespace shmount {

/// Formats as "48B", "1.5K", "256M": powers of 1024, at most three digits.
std::string HumanSize(std::uint64_t bytes);

/// Formats as "1 element", "2 elements".
std::string Counted(std::uint64_t count, const char* one, const char* more);

/// Formats as "12s", "5m", "3h", "12d".
std::string HumanAge(std::int64_t seconds);

/// Returns the seconds since then, or 0 for a time in the future.
std::int64_t AgeOf(const struct timespec& then);

/// Formats as "-rw-r-----".
std::string ModeString(mode_t mode);

/// Return the name, or the number if it has none.
std::string UserName(uid_t uid);
std::string GroupName(gid_t gid);

}  // namespace shmount
