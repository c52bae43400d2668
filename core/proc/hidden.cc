// SPDX-License-Identifier: Apache-2.0
#include "core/proc/hidden.h"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "core/proc/mount_table.h"
#include "core/proc/process.h"

namespace shmount {
namespace {

constexpr std::string_view kInitialPidNamespace = "pid:[4026531836]";  // PROC_PID_INIT_INO

/// Whether a proc file system in this mount namespace hides other users' processes (hidepid).
bool HidesProcesses(std::string_view mountinfo) {
  const MountTable table = MountTable::Parse(mountinfo);
  return std::ranges::any_of(table.entries(), [](const MountEntry& entry) {
    const std::string_view options = entry.super_options;
    const std::size_t at = options.find("hidepid=");
    return entry.type == "proc" && at != std::string_view::npos &&
           !options.substr(at).starts_with("hidepid=0") &&
           !options.substr(at).starts_with("hidepid=off");
  });
}

}  // namespace

Result<bool> MayMissProcesses() {
  const auto self = TRY(Process::Open(getpid()));
  const auto pid_namespace = self.ReadLink("ns/pid");
  if (!pid_namespace || *pid_namespace != kInitialPidNamespace) {
    return true;
  }
  const auto mounts = TRY(self.Read("mountinfo"));
  return geteuid() != 0 && HidesProcesses(mounts);
}

}  // namespace shmount
