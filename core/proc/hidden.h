// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

namespace shmount {

/// Whether there may be processes that /proc does not show to this process.
Result<bool> MayMissProcesses();

}  // namespace shmount
