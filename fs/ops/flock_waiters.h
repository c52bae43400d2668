// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fuse_lowlevel.h>

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "core/nodes/file_handle.h"
#include "fs/ops/user_shares.h"

namespace shmount {

/// Waits on a thread of its own for flock(2) locks that others hold, so that requests are served
/// meanwhile. Thread safe.
class LockWaiters {
 public:
  LockWaiters() = default;
  LockWaiters(const LockWaiters&) = delete;
  LockWaiters& operator=(const LockWaiters&) = delete;

  /// Replies to `req` with success once the lock is taken, or with EINTR if the caller is
  /// interrupted. ENOLCK, without a reply: too many callers of this user wait already.
  Status Wait(fuse_req_t req, std::shared_ptr<FileHandle> file, int operation);

 private:
  struct Waiter {
    fuse_req_t req;
    std::shared_ptr<FileHandle> file;
    int operation;
    UserShares::Share share;
  };
  void Run(const std::stop_token& stop);

  /// How many waits are possible at a time. Each lock is tried again and again.
  static constexpr std::size_t kMost = 4096;
  UserShares shares_{kMost};
  std::mutex mutex_;
  std::condition_variable_any arrived_;
  std::vector<Waiter> arrivals_;
  /// One thread for all waits, started at the first and kept. Over io_uring, the next request of a
  /// queue arrives at the thread that sent its last reply, and is cancelled when that thread ends.
  std::jthread thread_;
};

}  // namespace shmount
