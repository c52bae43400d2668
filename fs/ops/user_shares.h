// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "core/base/result.h"

namespace shmount {

/// A limited resource of the daemon, which no single user may exhaust: a user may have half of what
/// the others leave free. Root and the daemon's own user may have all. Thread safe.
class UserShares {
 public:
  /// One unit of the resource, which a user has until this object is destroyed.
  class Share {
   public:
    Share() = default;
    Share(UserShares& of, uid_t user) : of_(&of), user_(user) {}
    Share(Share&& other) noexcept : of_(std::exchange(other.of_, nullptr)), user_(other.user_) {}
    Share& operator=(Share&& other) noexcept {
      std::swap(of_, other.of_);
      std::swap(user_, other.user_);
      return *this;
    }
    ~Share() {
      if (of_ != nullptr) {
        of_->GiveBack(user_);
      }
    }

   private:
    UserShares* of_ = nullptr;
    uid_t user_ = 0;
  };

  explicit UserShares(std::size_t total) : total_(total) {}

  /// Takes a unit for a user. Fails with `code` if the user has as many as allowed.
  Result<Share> Take(uid_t user, int code);
  void SetTotal(std::size_t total);

 private:
  void GiveBack(uid_t user);

  std::mutex mutex_;
  std::size_t total_;
  std::size_t taken_ = 0;
  std::unordered_map<uid_t, std::size_t> taken_by_;
};

/// How many files the daemon can keep open for its users.
std::size_t MostOpenFiles();

}  // namespace shmount
