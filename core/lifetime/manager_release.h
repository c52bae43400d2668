// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "core/backing/directory.h"
#include "core/base/result.h"
#include "core/store/manager_mark.h"

namespace shmount {

/// Unlinks all that belongs to a manager, also what an earlier daemon of the same ID left, and
/// nothing else. `report` is told of each that bears the ID and is left alone, and of what fails.
Status ReleaseManaged(const Directory& backing, const Managed& managed,
                      const std::function<void(const std::string&)>& report);

}  // namespace shmount
