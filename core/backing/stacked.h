// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/backing/directory.h"
#include "core/base/result.h"

namespace shmount {

/// Whether a directory is on a file system that is stacked on another one, as FUSE and overlay are.
/// The kernel does not pass I/O through to such file systems.
Result<bool> IsStacked(const Directory& directory);

}  // namespace shmount
