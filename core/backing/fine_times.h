// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/backing/directory.h"

namespace shmount {

/// Whether every change of a file in `backing` gives it a change time that no stat(2) has shown
/// before. Then an unchanged change time means that nothing was written, except by stores through
/// mappings. tmpfs has such times since Linux 6.13. On older kernels, two changes within one tick
/// of the clock get the same time.
bool HasFineTimes(const Directory& backing);

}  // namespace shmount
