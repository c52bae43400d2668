// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fuse_lowlevel.h>

namespace shmount {

/// Returns the table of callbacks. Their userdata is a Daemon.
fuse_lowlevel_ops MakeOps();

// Each of these fills one part of the table.
void AddNodeOps(fuse_lowlevel_ops& ops);
void AddNameOps(fuse_lowlevel_ops& ops);
void AddFileOps(fuse_lowlevel_ops& ops);
void AddDirectoryOps(fuse_lowlevel_ops& ops);
void AddXattrOps(fuse_lowlevel_ops& ops);

}  // namespace shmount
