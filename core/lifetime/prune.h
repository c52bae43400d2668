// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "core/backing/directory.h"
#include "core/lifetime/holders.h"
#include "core/lifetime/inventory.h"

namespace shmount {

/// Whether a block may be unlinked because nobody uses it.
enum class Fate : std::uint8_t {
  kOrphan,   ///< nobody uses it
  kHeld,     ///< somebody uses it, seen or not
  kManaged,  ///< it belongs to a manager that is alive
  kUnknown,  ///< it cannot be found out
};

/// ESTALE, ENOENT: its name stands for something else, or nothing.
Result<Fate> FateOf(const Directory& backing, const HolderTable& table, const Item& item);

/// Unlinks a block that nobody uses. Anyone who opens it meanwhile waits, and gets it after its
/// name is gone. EBUSY: somebody uses it, or its manager is alive. ESTALE, ENOENT: its name stands
/// for something else, or nothing. EACCES, EPERM: it is another user's.
Status UnlinkOrphan(const Directory& backing, const Item& item);

}  // namespace shmount
