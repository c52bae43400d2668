// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "core/base/result.h"

namespace shmount {

/// The process that a call serves.
struct Caller {
  uid_t uid = 0;
  gid_t gid = 0;
  pid_t pid = 0;
};

/// What a process may do, beyond its user's and group's rights.
struct ProcessRights {
  std::vector<gid_t> groups;       ///< supplementary
  std::uint64_t capabilities = 0;  ///< effective, as bits; none in another user namespace
};
/// Those of a process, from /proc. EACCES where they cannot be read: it has ended, is in another
/// PID namespace (`pid` is 0 then), or /proc hides it.
Result<ProcessRights> ReadRights(pid_t pid);

/// Whether root is the caller's user and its process has this capability.
bool IsCapable(const Caller& caller, int capability);

/// Gives this thread, as long as it lives, the caller's rights on files (fsuid, fsgid, groups;
/// setfsuid(2)), so that the kernel itself checks each access and new files belong to the caller.
/// A caller whose user is root has no capability that its process has not.
class ActAs {
 public:
  /// EACCES where the caller's rights cannot be read or this thread cannot take them on. `enabled`
  /// false: does nothing, as a daemon that serves one user has that user's rights anyway.
  static Result<ActAs> For(bool enabled, const Caller& caller);
  /// As a user without a process: no supplementary groups, and all capabilities if it is root.
  static Result<ActAs> User(uid_t uid, gid_t gid);
  /// EPERM where this process cannot act as other users: CAP_SETUID or CAP_SETGID is missing, or
  /// its securebits keep capabilities from a change of user.
  static Status Check();

  ActAs(ActAs&& other) noexcept;
  ~ActAs();
  ActAs& operator=(ActAs&&) = delete;

 private:
  ActAs() = default;
  static Result<ActAs> Take(uid_t uid, gid_t gid, const ProcessRights& rights);

  bool active_ = false;
  std::uint64_t dropped_ = 0;  // capabilities
  std::vector<gid_t> own_groups_;
};

}  // namespace shmount
