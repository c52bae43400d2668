// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "core/base/result.h"
#include "core/store/manager_mark.h"
#include "core/store/staging_area.h"

namespace shmount {

/// Unlinks everything that belongs to a manager, including what an earlier daemon with the same ID
/// left, and nothing else. Calls `report` with a message for each file that has the ID but is left
/// alone, and for each failure.
Status ReleaseManaged(const StagingArea& area, const Managed& managed,
                      const std::function<void(const std::string&)>& report);

}  // namespace shmount
