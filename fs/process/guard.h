// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>

#include "core/base/result.h"

namespace shmount {

/// A small process that outlives a killed daemon for long enough to free the callers that wait for
/// it. It also keeps the right to unmount, which the daemon then need not keep.
///
/// The kernel gives up the requests of a killed daemon when its last thread has closed the device.
/// But a thread that is notifying the kernel of a change in a directory may sleep uninterruptibly
/// until the directory is unlocked, and the lock may belong to a request that nobody answers any
/// more. If such a thread remains, the guard aborts the connection (connection_abort.h), which does
/// not unmount.
class ConnectionGuard {
 public:
  /// Guards the mount that `device` serves at `mountpoint`. Call it on the thread that lives as
  /// long as the daemon, before any other thread is started. EAGAIN, ENOMEM: as fork(2). ECHILD:
  /// the guard could not open the mount. Otherwise fails as pidfd_open(2).
  static Result<ConnectionGuard> Start(const std::string& mountpoint, int device);
  /// Ends the guard, which an orderly end of the daemon does not need.
  ~ConnectionGuard();
  ConnectionGuard(ConnectionGuard&& other) noexcept : guard_(std::exchange(other.guard_, 0)) {}
  ConnectionGuard& operator=(ConnectionGuard&&) = delete;

  /// Makes the guard unmount lazily, if its mount is still at its mountpoint, and end. For root's
  /// daemon. Returns false if the guard could not, for example because it was killed or stopped.
  bool Unmount();

 private:
  explicit ConnectionGuard(pid_t guard) : guard_(guard) {}
  int Await();
  bool EndsInTime() const;
  pid_t guard_;  // 0: it has ended
};

}  // namespace shmount
