// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fuse_lowlevel.h>

#include <mutex>
#include <unordered_map>

namespace shmount {

/// Keeps the errno with which each request is answered, for LoggedOps. Thread safe.
class RequestLog {
 public:
  /// Records the errno with which a request fails. Call it before the reply, which frees `req`.
  void Refused(fuse_req_t req, int code);
  /// Returns that errno and forgets it; 0 if there was none. `req` may have ended.
  int TakeCode(fuse_req_t req);

 private:
  std::mutex mutex_;
  std::unordered_map<fuse_req_t, int> codes_;
};

}  // namespace shmount
