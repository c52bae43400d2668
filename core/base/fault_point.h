// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace shmount {

#ifdef SHMOUNT_FAULT_POINTS
/// Comes before every system call on the backing; `changes` says whether the call changes it. At
/// the point that a test has chosen this kills the process, or sets errno and returns true: then
/// the caller does not make the call.
bool FaultPoint(const char* call, bool changes);
#else
inline bool FaultPoint(const char*, bool) { return false; }
#endif

}  // namespace shmount
