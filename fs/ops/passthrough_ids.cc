// SPDX-License-Identifier: Apache-2.0
#include "fs/ops/passthrough_ids.h"

namespace shmount {

Result<int> BackingIds::Acquire(fuse_req_t req, NodeId node, int fd) {
  // Registers under the lock: the kernel refuses a second id for the same inode.
  const std::lock_guard lock(mutex_);
  Registered& registered = ids_[node.raw()];
  if (registered.opens == 0) {
    errno = EPERM;
    registered.id = fuse_passthrough_open(req, fd);
    if (registered.id <= 0) {
      ids_.erase(node.raw());
      return FailErrno("passthrough");
    }
  }
  ++registered.opens;
  return registered.id;
}

void BackingIds::Release(fuse_req_t req, NodeId node) {
  const std::lock_guard lock(mutex_);
  const auto it = ids_.find(node.raw());
  if (it != ids_.end() && --it->second.opens == 0) {
    fuse_passthrough_close(req, it->second.id);
    ids_.erase(it);
  }
}

}  // namespace shmount
