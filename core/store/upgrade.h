// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/backing/directory.h"
#include "core/base/result.h"

namespace shmount {

/// Turns the list `name` from the layout of CPython 3.8 into that of 3.9 and later. A new block
/// with the same slots, values, owner, mode, times and manager replaces the old one under its name.
/// Processes that hold the old block keep it, and others do not see what they write there.
/// Therefore EBUSY: another process holds it and `even_if_used` is false. EALREADY: the list has
/// the new layout. ESTALE: it is not a list. EIO: its slot sizes are damaged.
Status UpgradeList(const Directory& backing, const char* name, bool even_if_used);

}  // namespace shmount
