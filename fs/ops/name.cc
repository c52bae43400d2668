// SPDX-License-Identifier: Apache-2.0
// Callbacks on names: make, link, unlink, rename.
#include "fs/ops/reply.h"
#include "fs/ops/table.h"

namespace shmount {
namespace {

void ReplyFound(fuse_req_t req, const Found& found) {
  const fuse_entry_param entry = EntryOf(found);
  fuse_reply_entry(req, &entry);
}

void MakeNode(fuse_req_t req, fuse_ino_t parent, const char* name, mode_t mode, dev_t) {
  Serve<By::kNode>(req, [&]() -> Status {
    const auto made = TRY(VolumeOf(req).MakeNode(NodeId(parent), name, mode, CallerOf(req)));
    ReplyFound(req, made);
    return {};
  });
}

void MakeDirectory(fuse_req_t req, fuse_ino_t parent, const char* name, mode_t mode) {
  Serve<By::kNode>(req, [&]() -> Status {
    const auto made = TRY(VolumeOf(req).MakeDirectory(NodeId(parent), name, mode, CallerOf(req)));
    ReplyFound(req, made);
    return {};
  });
}

void Link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent, const char* name) {
  Serve<By::kNode>(req, [&]() -> Status {
    const auto made = TRY(VolumeOf(req).Link(NodeId(ino), NodeId(parent), name, CallerOf(req)));
    ReplyFound(req, made);
    return {};
  });
}

void SymLink(fuse_req_t req, const char*, fuse_ino_t, const char*) {
  ServeStatus<By::kNode>(req, []() -> Status { return Fail(EPERM, "symlink"); });
}

void Unlink(fuse_req_t req, fuse_ino_t parent, const char* name) {
  ServeStatus<By::kNode>(req,
                         [&] { return VolumeOf(req).Unlink(NodeId(parent), name, CallerOf(req)); });
}

void RemoveDirectory(fuse_req_t req, fuse_ino_t parent, const char* name) {
  ServeStatus<By::kNode>(
      req, [&] { return VolumeOf(req).RemoveDirectory(NodeId(parent), name, CallerOf(req)); });
}

void Rename(fuse_req_t req, fuse_ino_t parent, const char* name, fuse_ino_t new_parent,
            const char* new_name, unsigned flags) {
  ServeStatus<By::kNode>(req, [&] {
    return VolumeOf(req).Rename(NodeId(parent), name, NodeId(new_parent), new_name, flags,
                                CallerOf(req));
  });
}

}  // namespace

void AddNameOps(fuse_lowlevel_ops& ops) {
  ops.mknod = MakeNode;
  ops.mkdir = MakeDirectory;
  ops.link = Link;
  ops.symlink = SymLink;
  ops.unlink = Unlink;
  ops.rmdir = RemoveDirectory;
  ops.rename = Rename;
}

}  // namespace shmount
