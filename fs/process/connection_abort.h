// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "core/base/result.h"
#include "core/base/unique_fd.h"

namespace shmount {

/// Opens the file system that is mounted at a path, without a request to its daemon. Sets `number`
/// to the minor number of its device, which is the name of the connection in fusectl. Fails as
/// open(2).
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
  /// Opens what is needed to abort the connection `device`, which serves `mountpoint`. Call it
  /// before privileges are given up. Fails as open(2).
  static Result<ConnectionAbort> Take(const std::string& mountpoint, int device);

  /// Makes every waiting call return. `process` is a pidfd of the daemon; where requests have to
  /// be answered one by one, this goes on until the daemon's last thread has ended.
  void Abort(int process) const;
  /// Unmounts it lazily. Returns false if it is not mounted at `mountpoint` any more.
  bool Detach() const;
  /// The descriptor that it keeps open.
  int descriptor() const { return abort_ ? abort_.get() : device_; }

 private:
  ConnectionAbort(std::string mountpoint, unsigned number, int device)
      : mountpoint_(std::move(mountpoint)), number_(number), device_(device) {}
  bool ForceUnmount() const;
  std::string mountpoint_;
  unsigned number_;  // the minor number of the mount's device
  int device_;       // not owned
  UniqueFd abort_;   // the file of fusectl, if it could be had
};

}  // namespace shmount
