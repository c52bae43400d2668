// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/backing/directory.h"
#include "core/lifetime/holders.h"
#include "core/lifetime/inventory.h"

namespace shmount {

/// Whether anybody uses an item. Unknown for a draft, and for an item that is gone.
Use FindUse(const Directory& backing, const HolderTable& table, const Item& item);

const char* UseName(Use use);

/// A message for the user that says why a table is not complete.
std::string WhyIncomplete(const HolderTable& table);

}  // namespace shmount
