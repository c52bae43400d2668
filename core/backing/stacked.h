// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/backing/directory.h"
#include "core/base/result.h"

namespace shmount {

/// Whether a directory is on a file system that itself lies on another one, as FUSE and overlay do.
/// The kernel passes nothing through to such a one.
Result<bool> IsStacked(const Directory& directory);

}  // namespace shmount
