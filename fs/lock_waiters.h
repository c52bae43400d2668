// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fuse_lowlevel.h>

#include <list>
#include <mutex>
#include <thread>

#include "core/backing.h"

namespace shmount {

/// Waits for flock(2) locks that others hold, apart from the threads that serve requests. Thread
/// safe.
class LockWaiters {
 public:
  LockWaiters() = default;
  ~LockWaiters();
  LockWaiters(const LockWaiters&) = delete;
  LockWaiters& operator=(const LockWaiters&) = delete;

  /// Replies to `req` when the lock is had, EINTR when the caller was interrupted. `file` must stay
  /// open until then, which the kernel sees to: no release comes before the reply.
  void Wait(fuse_req_t req, const BlockFile& file, int operation);

 private:
  void Reap();

  struct Waiter {
    std::jthread thread;
    bool done = false;
  };
  std::mutex mutex_;
  std::list<Waiter> waiters_;
};

}  // namespace shmount
