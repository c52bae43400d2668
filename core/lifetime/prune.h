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
  kHeld,     ///< somebody uses it, maybe a process that cannot be seen
  kManaged,  ///< it belongs to a manager that is alive
  kUnknown,  ///< not all processes can be inspected
};

/// ESTALE: its name is another file's now. ENOENT: it is gone.
Result<Fate> FateOf(const Directory& backing, const HolderTable& table, const Item& item);

/// Unlinks a block that nobody uses. Anyone who opens it meanwhile waits until its name is removed,
/// and then has the unlinked block. EBUSY: somebody uses it, or its manager is alive. ESTALE: its
/// name is another file's now. ENOENT: it is gone. EACCES, EPERM: it is another user's.
Status UnlinkOrphan(const Directory& backing, const Item& item);

}  // namespace shmount
