// SPDX-License-Identifier: Apache-2.0
#include "fs/ops/table.h"

#include "fs/ops/context.h"

namespace shmount {
namespace {

void Init(void* userdata, fuse_conn_info* conn) {
  auto& daemon = *static_cast<Daemon*>(userdata);
  const bool passthrough = fuse_get_feature_flag(conn, FUSE_CAP_PASSTHROUGH) ||
                           (conn->capable_ext & FUSE_CAP_PASSTHROUGH) != 0;
  daemon.on_init(passthrough);
  if (daemon.volume->options().access == Access::kPassthrough) {
    fuse_set_feature_flag(conn, FUSE_CAP_PASSTHROUGH);
    conn->max_backing_stack_depth = 1;
  }
  fuse_set_feature_flag(conn, FUSE_CAP_PARALLEL_DIROPS);
  fuse_set_feature_flag(conn, FUSE_CAP_EXPORT_SUPPORT);  // Volume::Lookup resolves `.` and `..`
  // Without this flag, the kernel asks for an attribute before each passthrough write. With it,
  // the set-id bits are ours to clear, which Volume::Open does.
  fuse_set_feature_flag(conn, FUSE_CAP_HANDLE_KILLPRIV_V2);
  fuse_unset_feature_flag(conn, FUSE_CAP_WRITEBACK_CACHE);
}

}  // namespace

fuse_lowlevel_ops MakeOps() {
  fuse_lowlevel_ops ops = {};
  ops.init = Init;
  AddNodeOps(ops);
  AddNameOps(ops);
  AddFileOps(ops);
  AddDirectoryOps(ops);
  AddXattrOps(ops);
  return ops;
}

}  // namespace shmount
