// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace shmount {

#ifdef SHMOUNT_FAULT_POINTS
/// Passed before every system call on the backing, of which `changes` alters it. Where a test asks
/// for it, this process ends here by SIGKILL, or errno is set and true says not to make the call.
bool FaultPoint(const char* call, bool changes);
#else
inline bool FaultPoint(const char*, bool) { return false; }
#endif

}  // namespace shmount
