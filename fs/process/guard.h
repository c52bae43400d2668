// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>

#include "core/base/result.h"

namespace shmount {

/// A process of its own that outlives a killed daemon for long enough to free whoever waits for it,
/// and that has the right to unmount, which the daemon then need not keep.
///
/// The kernel gives up the requests of a killed daemon when its last thread has closed the device.
/// But a thread that is telling it of a change in a directory may sleep, beyond the reach of
/// SIGKILL, until the directory is unlocked by the very request that nobody answers any more. Where
/// the guard sees such a thread left it aborts the connection (connection_abort.h), which leaves
/// the mount where it is.
class ConnectionGuard {
 public:
  /// Guards what `device` serves at `mountpoint` from when it returns. To be called on the thread
  /// that lives as long as the daemon, before there are others. EAGAIN, ENOMEM as fork(2); ECHILD
  /// where the guard could not see the mount; others as pidfd_open(2).
  static Result<ConnectionGuard> Start(const std::string& mountpoint, int device);
  /// Ends it: an orderly end needs none.
  ~ConnectionGuard();
  ConnectionGuard(ConnectionGuard&& other) noexcept : guard_(std::exchange(other.guard_, 0)) {}
  ConnectionGuard& operator=(ConnectionGuard&&) = delete;

  /// Has it unmount, lazily, what it guards, if that is still mounted there; and end. As root.
  /// False where it could not, as when somebody has killed or stopped it.
  bool Unmount();

 private:
  explicit ConnectionGuard(pid_t guard) : guard_(guard) {}
  int Await();
  bool EndsInTime() const;
  pid_t guard_;  // 0: it has ended
};

}  // namespace shmount
