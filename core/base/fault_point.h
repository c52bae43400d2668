// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace shmount {

#ifdef SHMOUNT_FAULT_POINTS
/// Called before every system call on the backing; `changes` says whether the call changes the
/// backing. At the call that a test has chosen, this kills the process, or sets errno and returns
/// true. If it returns true, the caller must not make the system call.
bool FaultPoint(const char* call, bool changes);
#else
inline bool FaultPoint(const char*, bool) { return false; }
#endif

}  // namespace shmount
