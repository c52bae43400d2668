// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

namespace shmount {

// seccomp(2) filters. Each is for good, for the calling thread and the threads that it starts
// later. Both need no_new_privs or CAP_SYS_ADMIN; EACCES without.

/// Denies (EPERM) the system calls that lead out of a process: to other programs, other processes,
/// other file systems, or into the kernel's administration. For the guard.
Status DenyWaysOut();

/// Allows the system calls that serving a mount takes and no others: these fail with ENOSYS, so
/// that a newer C library falls back to an older call. For the daemon, which starts no process and
/// runs no program any more.
///
/// With fault points and SHMOUNT_FAULTS_FILTER=kill in the environment, a call that is not allowed
/// kills the daemon: so the mount tests prove the list.
Status AllowServing();

}  // namespace shmount
