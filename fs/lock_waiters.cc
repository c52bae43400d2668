// SPDX-License-Identifier: Apache-2.0
#include "fs/lock_waiters.h"

#include <sys/file.h>

#include <chrono>

namespace shmount {
namespace {

using namespace std::chrono_literals;

// The kernel tells nobody when a lock comes free except a thread asleep in flock(2), which could
// not be woken for an interrupt or an unmount without a signal: ask again at growing intervals.
constexpr auto kFirstPause = 1ms;
constexpr auto kLongestPause = 20ms;

int WaitFor(std::stop_token stop, fuse_req_t req, const BlockFile& file, int operation) {
  for (auto pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    const auto locked = file.Lock(operation | LOCK_NB);
    if (locked) {
      return 0;
    }
    if (locked.error().code != EWOULDBLOCK) {
      return locked.error().code;
    }
    if (stop.stop_requested() || fuse_req_interrupted(req)) {
      return EINTR;
    }
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace

LockWaiters::~LockWaiters() {
  for (Waiter& waiter : waiters_) {
    waiter.thread.request_stop();
  }
}

void LockWaiters::Wait(fuse_req_t req, const BlockFile& file, int operation) {
  const std::lock_guard lock(mutex_);
  Reap();
  Waiter& waiter = waiters_.emplace_back();
  waiter.thread = std::jthread([this, &waiter, req, &file, operation](std::stop_token stop) {
    fuse_reply_err(req, WaitFor(stop, req, file, operation));
    const std::lock_guard done(mutex_);
    waiter.done = true;
  });
}

void LockWaiters::Reap() {
  std::erase_if(waiters_, [](const Waiter& waiter) { return waiter.done; });
}

}  // namespace shmount
