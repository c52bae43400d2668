// SPDX-License-Identifier: Apache-2.0
#include "fs/process/hardening.h"

#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>

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

// System calls that lead to other programs, other processes, other file systems, or into the
// kernel. They are names, because no architecture has all of them. This is not a list of what is
// allowed: new versions of the C library and of libfuse would break it.
constexpr std::array kDenied = {
    "execve",
    "execveat",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "kcmp",
    "pidfd_getfd",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "reboot",
    "mount",
    "move_mount",
    "open_tree",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "mount_setattr",
    "pivot_root",
    "chroot",
    "setns",
    "unshare",
    "open_by_handle_at",
    "fanotify_init",
    "quotactl",
    "quotactl_fd",
    "swapon",
    "swapoff",
    "acct",
    "add_key",
    "request_key",
    "keyctl",
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    "sethostname",
    "setdomainname",
    "iopl",
    "ioperm",
    "modify_ldt",
    "syslog",
    "vhangup",
    "personality",
    "lookup_dcookie",
    "fork",
    "vfork",
};

// A rule on an argument of a system call.
struct Rule {
  const char* call;
  int code;  // what it returns
  scmp_arg_cmp argument;
};

constexpr scmp_datum_t kNoThread = 0;

const std::array kRules = {
    Rule{"socket", EPERM, {0, SCMP_CMP_NE, AF_UNIX, 0}},  // the log, and systemd
    Rule{"clone", EPERM, {0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, kNoThread}},
    Rule{"mprotect", EPERM, {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC}},
    Rule{"pkey_mprotect", EPERM, {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC}},
    Rule{"mmap", EPERM, {2, SCMP_CMP_MASKED_EQ, PROT_WRITE | PROT_EXEC, PROT_WRITE | PROT_EXEC}},
};

struct Released {
  void operator()(void* filter) const { seccomp_release(filter); }
};

Status FilterSystemCalls() {
  const std::unique_ptr<void, Released> filter(seccomp_init(SCMP_ACT_ALLOW));
  int result = filter ? 0 : -ENOMEM;
  const auto deny = [&](const char* call, int code, unsigned count, const scmp_arg_cmp* arguments) {
    const int number = seccomp_syscall_resolve_name(call);
    if (number >= 0 && result == 0) {
      result = seccomp_rule_add_array(filter.get(), SCMP_ACT_ERRNO(static_cast<unsigned>(code)),
                                      number, count, arguments);
    }
  };
  for (const char* call : kDenied) {
    deny(call, EPERM, 0, nullptr);
  }
  for (const Rule& rule : kRules) {
    deny(rule.call, rule.code, 1, &rule.argument);
  }
  // A filter cannot see the flags of clone3. After ENOSYS, the C library uses clone.
  deny("clone3", ENOSYS, 0, nullptr);
  if (result == 0) {
    result = seccomp_load(filter.get());
  }
  return result == 0 ? Status{} : Fail(-result, "seccomp");
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
  // At the end, a sanitizer looks for leaks in a process that traces this one.
  return SHMOUNT_SANITIZED ? Status{} : FilterSystemCalls();
}

}  // namespace shmount
