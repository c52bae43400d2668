// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ctime>

namespace shmount {

inline bool SameTime(const struct timespec& one, const struct timespec& other) {
  return one.tv_sec == other.tv_sec && one.tv_nsec == other.tv_nsec;
}

inline bool IsEarlier(const struct timespec& one, const struct timespec& other) {
  return one.tv_sec != other.tv_sec ? one.tv_sec < other.tv_sec : one.tv_nsec < other.tv_nsec;
}

}  // namespace shmount
