// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "core/backing/directory.h"
#include "core/lifetime/holders.h"
#include "core/lifetime/inventory.h"

namespace shmount {

/// What becomes of a block that might be unlinked because nobody uses it.
enum class Fate : std::uint8_t {
  kOrphan,   ///< nobody uses it
  kHeld,     ///< somebody does, seen or not
  kManaged,  ///< it is the business of a manager that lives
  kUnknown,  ///< whether somebody uses it cannot be told
};

/// ESTALE, ENOENT: its name stands for something else, or nothing.
Result<Fate> FateOf(const Directory& backing, const HolderTable& table, const Item& item);

/// Unlinks a block that nobody uses. Nobody can begin to use it meanwhile: who opens it then waits
/// and has it after its name is gone. EBUSY: somebody uses it, or its manager lives. ESTALE,
/// ENOENT: its name stands for something else, or nothing. EACCES, EPERM: another's.
Status UnlinkOrphan(const Directory& backing, const Item& item);

}  // namespace shmount
