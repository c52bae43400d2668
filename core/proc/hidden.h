// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

namespace shmount {

/// Whether there can be processes that /proc does not show to this one.
Result<bool> MayMissProcesses();

}  // namespace shmount
