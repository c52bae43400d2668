// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fuse_lowlevel.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <semaphore>
#include <thread>

#include "core/backing/watch.h"
#include "core/volume/volume.h"

namespace shmount {

/// Tells the kernel what to forget as events arrive from the backing. It has a thread of its own: a
/// notification waits for locks that a request may hold while it waits for us.
class Invalidator {
 public:
  Invalidator(fuse_session* session, Volume& volume, Watch watch);
  ~Invalidator();
  Invalidator(const Invalidator&) = delete;
  Invalidator& operator=(const Invalidator&) = delete;

  /// Whether each change is an event by now. Any thread.
  bool watching() const { return state_ == State::kWatching; }
  /// Waits until it watches or cannot, but no longer than `limit`. Once.
  void AwaitStart(std::chrono::milliseconds limit) { (void)started_.try_acquire_for(limit); }

  /// Asks the thread to end. Requests must be served until stopped(), or it may never get there.
  void Stop() { watch_.Stop(); }
  bool stopped() const { return state_ == State::kStopped; }

 private:
  enum class State : std::uint8_t { kStarting, kWatching, kStopped };
  void Run();
  void ForgetAsToldOf();
  void Forget(const Events& events);
  void ForgetAll();

  fuse_session* session_;
  Volume& volume_;
  Watch watch_;
  std::atomic<State> state_ = State::kStarting;
  std::binary_semaphore started_{0};
  std::thread thread_;
};

}  // namespace shmount
