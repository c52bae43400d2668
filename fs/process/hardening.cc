// SPDX-License-Identifier: Apache-2.0
#include "fs/process/hardening.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "fs/process/system_call_filter.h"

namespace shmount {
namespace {

constexpr std::uint64_t Bit(int capability) { return std::uint64_t{1} << capability; }

// What root may do to a block, root may do through the mount.
constexpr std::uint64_t kForBlocks = Bit(CAP_CHOWN) | Bit(CAP_DAC_OVERRIDE) |
                                     Bit(CAP_DAC_READ_SEARCH) | Bit(CAP_FOWNER) | Bit(CAP_FSETID) |
                                     Bit(CAP_LEASE);
constexpr std::uint64_t kToAdminister = Bit(CAP_SYS_ADMIN);
constexpr std::uint64_t kForUsers = Bit(CAP_SETUID) | Bit(CAP_SETGID);

Status DropCapabilities(std::uint64_t keep) {
  // Without CAP_SETPCAP the bounding set cannot be changed. It may stay: this process runs no
  // program that could gain capabilities again.
  for (int each = 0; prctl(PR_CAPBSET_READ, each) >= 0; ++each) {
    if ((keep & Bit(each)) == 0 && prctl(PR_CAPBSET_DROP, each) != 0 && errno != EPERM) {
      return FailErrno("bounding set");
    }
  }
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data = {};
  if (syscall(SYS_capget, &header, data.data()) != 0) {
    return FailErrno("capget");
  }
  for (auto& half : data) {
    half.permitted &= static_cast<std::uint32_t>(keep);
    half.effective &= static_cast<std::uint32_t>(keep);
    half.inheritable = 0;
    keep >>= 32;
  }
  if (syscall(SYS_capset, &header, data.data()) != 0) {
    return FailErrno("capset");
  }
  return {};
}

}  // namespace

Status GiveUpPrivileges(const Duties& duties) {
  if (geteuid() != 0) {
    return {};
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return FailErrno("no_new_privs");
  }
  const std::uint64_t keep =
      kForBlocks | (duties.administer ? kToAdminister : 0) | (duties.many_users ? kForUsers : 0);
  TRY(DropCapabilities(keep));
  if (SHMOUNT_SANITIZED) {
    return {};  // at the end, it looks for leaks in a process that traces this one
  }
  return duties.serve ? AllowServing() : DenyWaysOut();
}

}  // namespace shmount
