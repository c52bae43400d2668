// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace shmount {

/// Whether this process may register backing files for passthrough. Since Linux 6.9 this takes
/// CAP_SYS_ADMIN in the initial user namespace.
bool MayRegisterBackings();

}  // namespace shmount
