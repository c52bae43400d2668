// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fuse_lowlevel.h>

#include <atomic>
#include <thread>

#include "core/volume.h"
#include "core/watch.h"

namespace shmount {

/// Tells the kernel what to forget as events arrive from the backing. It has a thread of its own: a
/// notification waits for locks that a request may hold while it waits for us.
class Invalidator {
 public:
  Invalidator(fuse_session* session, Volume& volume, Watch watch);
  ~Invalidator();
  Invalidator(const Invalidator&) = delete;
  Invalidator& operator=(const Invalidator&) = delete;

  /// Asks the thread to end. Requests must be served until stopped(), or it may never get there.
  void Stop() { watch_.Stop(); }
  bool stopped() const { return stopped_; }

 private:
  void Run();
  void Forget(const Events& events);
  void ForgetAll();

  fuse_session* session_;
  Volume& volume_;
  Watch watch_;
  std::atomic<bool> stopped_ = false;
  std::thread thread_;
};

}  // namespace shmount
