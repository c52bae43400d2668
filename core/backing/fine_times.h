// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/backing/directory.h"

namespace shmount {

/// Whether each change of a file in `backing` gives it a change time that no stat before it showed:
/// then a file whose change time is the same has not been written since, but by stores through
/// mappings. tmpfs keeps such times since Linux 6.13; on older kernels two changes within a tick of
/// the clock have one time.
bool HasFineTimes(const Directory& backing);

}  // namespace shmount
