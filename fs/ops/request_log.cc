// SPDX-License-Identifier: Apache-2.0
#include "fs/ops/request_log.h"

namespace shmount {

void RequestLog::Refused(fuse_req_t req, int code) {
  const std::lock_guard lock(mutex_);
  codes_[req] = code;
}

int RequestLog::TakeCode(fuse_req_t req) {
  const std::lock_guard lock(mutex_);
  const auto found = codes_.extract(req);
  return found ? found.mapped() : 0;
}

}  // namespace shmount
