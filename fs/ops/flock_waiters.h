// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fuse_lowlevel.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "core/backing/block_file.h"

namespace shmount {

/// Waits for flock(2) locks that others hold, apart from the threads that serve requests. Thread
/// safe.
class LockWaiters {
 public:
  LockWaiters() = default;
  LockWaiters(const LockWaiters&) = delete;
  LockWaiters& operator=(const LockWaiters&) = delete;

  /// Replies to `req` when the lock is had, EINTR when the caller was interrupted.
  void Wait(fuse_req_t req, std::shared_ptr<const BlockFile> file, int operation);

 private:
  struct Waiter {
    fuse_req_t req;
    std::shared_ptr<const BlockFile> file;
    int operation;
  };
  void Run(const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any arrived_;
  std::vector<Waiter> arrivals_;
  /// Started at the first wait, and one for all of them: over io_uring, what a thread has replied
  /// to brings its next request by way of that thread, and is cancelled when the thread ends.
  std::jthread thread_;
};

}  // namespace shmount
