// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fuse_lowlevel.h>

#include <mutex>
#include <unordered_map>

namespace shmount {

/// Writes one line to stderr for each request that has been answered, as
/// `open trip/1.float O_WRONLY pid=1234 uid=1000: EACCES`. Thread safe.
class RequestLog {
 public:
  /// What a request is refused with. To be called before the reply, which ends `req`.
  void Refused(fuse_req_t req, int code);
  /// Forgets and returns that code; 0 where there was none. The request may have ended.
  int TakeCode(fuse_req_t req);

 private:
  std::mutex mutex_;
  std::unordered_map<fuse_req_t, int> codes_;
};

/// The callbacks of MakeOps, each of which then has its line in the daemon's log.
fuse_lowlevel_ops LoggedOps();

}  // namespace shmount
