// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/backing/directory.h"
#include "core/base/result.h"

namespace shmount {

/// Turns the list `name` from the layout of CPython 3.8 into that of 3.9 and later: a block beside
/// it, with the same slots, values, owner, mode, times and manager, that takes its name at once.
/// Who has the old block keeps it, and what they write there is nobody else's: EBUSY while there
/// are such, unless `even_if_used`. EALREADY: it is in the new layout; ESTALE: no list; EIO: its
/// slot sizes are damaged.
Status UpgradeList(const Directory& backing, const char* name, bool even_if_used);

}  // namespace shmount
