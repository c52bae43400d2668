// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace shmount {

/// Whether this process may register backing files for passthrough: CAP_SYS_ADMIN in the initial
/// user namespace (Linux 6.9 to date).
bool MayRegisterBackings();

}  // namespace shmount
