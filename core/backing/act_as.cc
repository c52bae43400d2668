// SPDX-License-Identifier: Apache-2.0
#include "core/backing/act_as.h"

#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>
#include <sstream>
#include <string>

namespace shmount {
namespace {

// The C library's setgroups() changes every thread; the system call only this one.
void SetThreadGroups(const std::vector<gid_t>& groups) {
  syscall(SYS_setgroups, groups.size(), groups.data());
}

std::vector<gid_t> OwnGroups() {
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(0, getgroups(0, nullptr))));
  groups.resize(static_cast<std::size_t>(
      std::max(0, getgroups(static_cast<int>(groups.size()), groups.data()))));
  return groups;
}

}  // namespace

std::vector<gid_t> GroupsOf(pid_t pid) {
  std::vector<gid_t> groups;
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("Groups:")) {
      std::istringstream words(line.substr(7));
      for (gid_t gid = 0; words >> gid;) {
        groups.push_back(gid);
      }
      break;
    }
  }
  return groups;
}

ActAs::ActAs(bool enabled, const Caller& caller) {
  if (!enabled || (caller.uid == geteuid() && caller.gid == getegid())) {
    return;
  }
  const std::vector<gid_t> groups = GroupsOf(caller.pid);
  own_groups_ = OwnGroups();
  active_ = true;
  SetThreadGroups(groups);
  setfsgid(caller.gid);
  setfsuid(caller.uid);  // last: it takes away the rights over files
}

ActAs::~ActAs() {
  if (active_) {
    setfsuid(geteuid());
    setfsgid(getegid());
    SetThreadGroups(own_groups_);
  }
}

}  // namespace shmount
