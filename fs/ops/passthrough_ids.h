// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fuse_lowlevel.h>

#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "core/backing/node_id.h"
#include "core/base/result.h"

namespace shmount {

/// The registrations for passthrough. All opens of an inode share one, because the kernel allows no
/// second one. Thread safe.
class BackingIds {
 public:
  /// Returns the id for one more open of `node`, whose backing is `fd`. EPERM without
  /// CAP_SYS_ADMIN.
  Result<int> Acquire(fuse_req_t req, NodeId node, int fd);
  /// Counts one open fewer. The last one unregisters, so that the backing inode is not kept in use.
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
