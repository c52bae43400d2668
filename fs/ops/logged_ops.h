// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fuse_lowlevel.h>

namespace shmount {

/// Returns the callbacks of MakeOps, each of which also writes one line to stderr once it has
/// answered, such as `open trip/1.float O_WRONLY pid=1234 uid=1000: EACCES`.
fuse_lowlevel_ops LoggedOps();

}  // namespace shmount
