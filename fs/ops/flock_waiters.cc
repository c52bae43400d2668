// SPDX-License-Identifier: Apache-2.0
#include "fs/ops/flock_waiters.h"

#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <optional>

namespace shmount {
namespace {

using namespace std::chrono_literals;

// When a lock comes free, the kernel wakes only threads that sleep in flock(2). Such a thread could
// not be woken for an interrupt or an unmount without a signal. So the lock is tried again, at
// growing intervals.
constexpr auto kFirstPause = 1ms;
constexpr auto kLongestPause = 20ms;

// Tries the lock once. Returns what to reply, or nothing if the wait goes on.
std::optional<int> Try(const std::stop_token& stop, fuse_req_t req, FileHandle& file,
                       int operation) {
  const auto locked = file.Lock(operation | LOCK_NB);
  if (locked) {
    return 0;
  }
  if (locked.error().code != EWOULDBLOCK) {
    return locked.error().code;
  }
  return stop.stop_requested() || fuse_req_interrupted(req) ? std::optional(EINTR) : std::nullopt;
}

}  // namespace

Status LockWaiters::Wait(fuse_req_t req, std::shared_ptr<FileHandle> file, int operation) {
  auto share = TRY(shares_.Take(fuse_req_ctx(req)->uid, ENOLCK));
  {
    const std::lock_guard lock(mutex_);
    if (!thread_.joinable()) {
      thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
    }
    arrivals_.push_back({req, std::move(file), operation, std::move(share)});
  }
  arrived_.notify_one();
  return {};
}

void LockWaiters::Run(const std::stop_token& stop) {
  std::vector<Waiter> waiters;
  for (auto pause = kFirstPause;;) {
    {
      std::unique_lock lock(mutex_);
      const auto any = [this] { return !arrivals_.empty(); };
      const bool fresh = waiters.empty() ? arrived_.wait(lock, stop, any)
                                         : arrived_.wait_for(lock, stop, pause, any);
      pause = fresh ? kFirstPause : std::min(pause * 2, kLongestPause);
      std::ranges::move(arrivals_, std::back_inserter(waiters));
      arrivals_.clear();
    }
    if (waiters.empty()) {
      return;
    }
    // Not under the mutex: over io_uring, a reply can wait for a thread that is in Wait().
    std::erase_if(waiters, [&](const Waiter& waiter) {
      const auto code = Try(stop, waiter.req, *waiter.file, waiter.operation);
      if (code) {
        fuse_reply_err(waiter.req, *code);
      }
      return code.has_value();
    });
  }
}

}  // namespace shmount
