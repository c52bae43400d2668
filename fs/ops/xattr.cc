// SPDX-License-Identifier: Apache-2.0
// Callbacks on extended attributes.
#include <sys/xattr.h>

#include <cstddef>

#include "fs/ops/reply.h"
#include "fs/ops/table.h"

namespace shmount {
namespace {

// Replies to a request for a string. A size of 0 asks only for its length.
template <class Ask>
void ServeSized(fuse_req_t req, std::size_t size, Ask&& ask) noexcept {
  Serve<By::kNode>(req, [&]() -> Status {
    const Result<std::string> answer = ask();
    if (!answer) {
      return std::unexpected(answer.error());
    }
    if (size == 0) {
      fuse_reply_xattr(req, answer->size());
    } else if (answer->size() > size) {
      return Fail(ERANGE, "xattr");
    } else {
      fuse_reply_buf(req, answer->data(), answer->size());
    }
    return {};
  });
}

void GetXattr(fuse_req_t req, fuse_ino_t ino, const char* name, std::size_t size) {
  ServeSized(req, size, [&] { return VolumeOf(req).GetXattr(NodeId(ino), name, CallerOf(req)); });
}

void ListXattr(fuse_req_t req, fuse_ino_t ino, std::size_t size) {
  ServeSized(req, size, [&] { return VolumeOf(req).ListXattr(NodeId(ino), CallerOf(req)); });
}

void SetXattr(fuse_req_t req, fuse_ino_t ino, const char* name, const char* value, std::size_t size,
              int flags) {
  ServeStatus<By::kNode>(req, [&] {
    return VolumeOf(req).SetXattr(NodeId(ino), name, {value, size}, flags, CallerOf(req));
  });
}

void RemoveXattr(fuse_req_t req, fuse_ino_t ino, const char* name) {
  ServeStatus<By::kNode>(
      req, [&] { return VolumeOf(req).RemoveXattr(NodeId(ino), name, CallerOf(req)); });
}

}  // namespace

void AddXattrOps(fuse_lowlevel_ops& ops) {
  ops.getxattr = GetXattr;
  ops.listxattr = ListXattr;
  ops.setxattr = SetXattr;
  ops.removexattr = RemoveXattr;
}

}  // namespace shmount
