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

/// Tells the kernel what to forget when events arrive from the backing. It has a thread of its own,
/// because a notification waits for locks, and a request that waits for this daemon can hold them.
class Invalidator {
 public:
  Invalidator(fuse_session* session, Volume& volume, Watch watch);
  ~Invalidator();
  Invalidator(const Invalidator&) = delete;
  Invalidator& operator=(const Invalidator&) = delete;

  /// Whether every change in the backing now causes an event. Thread safe.
  bool watching() const { return state_ == State::kWatching; }
  /// Waits, at most for `limit`, until it watches or has failed to. Call it once.
  void AwaitStart(std::chrono::milliseconds limit) { (void)started_.try_acquire_for(limit); }

  /// Asks the thread to end. Serve requests until stopped(): the thread may be waiting for one.
  void Stop() { watch_.Stop(); }
  bool stopped() const { return state_ == State::kStopped; }

 private:
  enum class State : std::uint8_t { kStarting, kWatching, kStopped };
  void Run();
  void ForgetAsToldOf();
  void Forget(const Events& events);
  void Forget(const Invalidation& one);
  void ForgetAll();

  fuse_session* session_;
  Volume& volume_;
  Watch watch_;
  std::atomic<State> state_ = State::kStarting;
  std::binary_semaphore started_{0};
  std::thread thread_;
};

}  // namespace shmount
