// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <vector>

namespace shmount {

/// The process that a call serves.
struct Caller {
  uid_t uid = 0;
  gid_t gid = 0;
  pid_t pid = 0;
};

/// Gives this thread, as long as it lives, the caller's rights on files (fsuid, fsgid, groups;
/// setfsuid(2)), so that the kernel itself checks each access and new files belong to the caller.
/// Needs CAP_SETUID and CAP_SETGID where the caller is another user.
class ActAs {
 public:
  /// `enabled` false: a daemon that serves one user has that user's rights anyway.
  ActAs(bool enabled, const Caller& caller);
  ~ActAs();
  ActAs(const ActAs&) = delete;
  ActAs& operator=(const ActAs&) = delete;

 private:
  bool active_ = false;
  std::vector<gid_t> own_groups_;
};

/// The supplementary groups of a process, from /proc; none if it has ended.
std::vector<gid_t> GroupsOf(pid_t pid);

}  // namespace shmount
