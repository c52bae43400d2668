// SPDX-License-Identifier: Apache-2.0
#include "fs/ops/user_shares.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace shmount {

Result<UserShares::Share> UserShares::Take(uid_t user, int code) {
  const std::lock_guard lock(mutex_);
  std::size_t& own = taken_by_[user];
  const std::size_t of_others = taken_ - own;
  const std::size_t left = total_ - std::min(total_, of_others);
  if (user != 0 && user != geteuid() && own >= left / 2) {
    if (own == 0) {
      taken_by_.erase(user);
    }
    return Fail(code, "the user's share");
  }
  ++own;
  ++taken_;
  return Share(*this, user);
}

void UserShares::SetTotal(std::size_t total) {
  const std::lock_guard lock(mutex_);
  total_ = total;
}

void UserShares::GiveBack(uid_t user) {
  const std::lock_guard lock(mutex_);
  const auto found = taken_by_.find(user);
  --taken_;
  if (--found->second == 0) {
    taken_by_.erase(found);
  }
}

std::size_t MostOpenFiles() {
  // Descriptors that a call needs temporarily, and that the daemon always has open.
  constexpr rlim_t kReserve = 64;
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur - std::min(kReserve, limit.rlim_cur);
}

}  // namespace shmount
