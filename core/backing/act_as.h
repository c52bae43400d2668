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

/// The rights of a process beyond those of its user and group.
struct ProcessRights {
  std::vector<gid_t> groups;       ///< supplementary
  std::uint64_t capabilities = 0;  ///< effective, as bits; 0 in another user namespace
};
/// Reads the rights of a process from /proc. EACCES: they cannot be read, because the process has
/// ended, is in another PID namespace (`pid` is 0 then), or is hidden by /proc.
Result<ProcessRights> ReadRights(pid_t pid);

/// Whether the caller is root and its process has this capability.
bool IsCapable(const Caller& caller, int capability);

/// Gives the calling thread the caller's rights on files (fsuid, fsgid, groups; setfsuid(2)) for as
/// long as this object lives, so that the kernel itself checks each access and new files belong to
/// the caller. For a caller that is root, the thread keeps only those capabilities that the
/// caller's process has. Must be destroyed on the same thread.
class ActAs {
 public:
  /// EACCES: the caller's rights cannot be read, or this thread cannot take them on. If `enabled`
  /// is false, does nothing: a daemon that serves one user has that user's rights anyway.
  static Result<ActAs> For(bool enabled, const Caller& caller);
  /// Acts as a user without a process: with no supplementary groups, and with all capabilities if
  /// the user is root.
  static Result<ActAs> User(uid_t uid, gid_t gid);
  /// EPERM: this process cannot act as other users, because CAP_SETUID or CAP_SETGID is missing or
  /// because its securebits keep the capabilities when the user changes.
  static Status Check();

  ActAs(ActAs&& other) noexcept;
  ~ActAs();
  ActAs& operator=(ActAs&&) = delete;

 private:
  ActAs() = default;
  static Result<ActAs> Take(uid_t uid, gid_t gid, const ProcessRights& rights);

  bool active_ = false;
  std::uint64_t dropped_ = 0;  // capabilities that the destructor raises again
  std::vector<gid_t> own_groups_;
};

}  // namespace shmount
