// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "core/base/result.h"
#include "core/base/unique_fd.h"

namespace shmount {

/// Opens what is mounted at a path, without asking its daemon anything. `number` is then the minor
/// number of its device, by which fusectl calls the connection. The errors are open(2)'s.
Result<UniqueFd> OpenMount(const std::string& mountpoint, unsigned& number);

/// Ends the connection of a mount whose daemon was killed, so that every call that waits for the
/// daemon returns.
///
/// The surest means is the connection's file in fusectl. Root opens it on a fusectl of its own,
/// others where it is mounted at /sys/fs/fuse/connections. The open file stands for the connection,
/// whatever happens to paths and mounts later. Where fusectl cannot be had there is umount2(2) with
/// MNT_FORCE, which takes CAP_SYS_ADMIN in the user namespace and finds the mount by its path; and
/// otherwise the device itself: Linux 6.9 and later give the dead daemon's requests out again, and
/// each is answered with an error.
class ConnectionAbort {
 public:
  /// Takes the means to abort the connection `device`, which serves `mountpoint`. Before privileges
  /// are given up. The errors are open(2)'s.
  static Result<ConnectionAbort> Take(const std::string& mountpoint, int device);

  /// Lets every call that waits return. `process` is a pidfd of the daemon; where requests have to
  /// be answered one by one, this goes on until the daemon's last thread has ended.
  void Abort(int process) const;
  /// Unmounts it, lazily. False where it is not mounted at its place any more.
  bool Detach() const;
  /// What it keeps open.
  int descriptor() const { return abort_ ? abort_.get() : device_; }

 private:
  ConnectionAbort(std::string mountpoint, unsigned number, int device)
      : mountpoint_(std::move(mountpoint)), number_(number), device_(device) {}
  bool ForceUnmount() const;
  std::string mountpoint_;
  unsigned number_;  // the minor number of the mount's device, by which fusectl calls it
  int device_;       // not owned
  UniqueFd abort_;   // the file of fusectl, if it could be had
};

}  // namespace shmount
