// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>

#include "core/result.h"

namespace shmount {

/// Frees whoever waits for a daemon that was killed while one of its threads could not end.
///
/// The kernel gives up the requests of a killed daemon when its last thread has closed the device.
/// But a thread that is telling it of a change in a directory may sleep, beyond the reach of
/// SIGKILL, until the directory is unlocked by the very request that nobody answers any more. So a
/// process of its own, which does nothing else and keeps no descriptor of ours, waits for the
/// daemon's end, and aborts the connection where a thread is left: through fusectl, or as root by
/// umount2(2) with MNT_FORCE, which leaves the mount where it is.
class ConnectionGuard {
 public:
  /// Begins to guard what is mounted at `mountpoint`. On the thread that lives as long as the
  /// daemon, before there are others. EAGAIN, ENOMEM as fork(2); others as open(2).
  static Result<ConnectionGuard> Start(const std::string& mountpoint);
  /// Ends it: an orderly end needs none.
  ~ConnectionGuard();
  ConnectionGuard(ConnectionGuard&& other) noexcept : guard_(std::exchange(other.guard_, 0)) {}
  ConnectionGuard& operator=(ConnectionGuard&&) = delete;

 private:
  explicit ConnectionGuard(pid_t guard) : guard_(guard) {}
  pid_t guard_;  // 0: moved from
};

}  // namespace shmount
