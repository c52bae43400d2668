// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

namespace shmount {

/// Opens /dev/null as those of the descriptors 0 to 2 that are closed. Otherwise /dev/fuse or the
/// backing could get one of these numbers, and lose it when the daemon leaves its terminal. Call it
/// before anything is opened.
Status FillStdFds();

/// Leads the descriptors 0 to 2 to /dev/null.
void DropStdFds();

}  // namespace shmount
