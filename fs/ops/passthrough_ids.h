// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fuse_lowlevel.h>

#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "core/backing/node_id.h"
#include "core/base/result.h"

namespace shmount {

/// The passthrough registrations: one for each open inode, as the kernel demands, shared by all its
/// opens. Thread safe.
class BackingIds {
 public:
  /// The id for one more open of `node`, whose backing is `fd`. EPERM without CAP_SYS_ADMIN.
  Result<int> Acquire(fuse_req_t req, NodeId node, int fd);
  /// One open fewer: the last one unregisters, so that the backing inode is not pinned.
  void Release(fuse_req_t req, NodeId node);

 private:
  struct Registered {
    int id = 0;
    unsigned opens = 0;
  };
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, Registered> ids_;
};

}  // namespace shmount
