// SPDX-License-Identifier: Apache-2.0
#include "fs/process/system_call_filter.h"

#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <ranges>
#include <span>
#include <string>
#include <string_view>

namespace shmount {
namespace {

// The lists are of names, as no architecture has all of these calls, and each has other numbers.

constexpr std::string_view kWaysOut =
    "execve execveat fork vfork ptrace process_vm_readv process_vm_writev process_madvise "
    "kcmp pidfd_getfd bpf perf_event_open userfaultfd init_module finit_module delete_module "
    "kexec_load kexec_file_load reboot mount move_mount open_tree fsopen fsconfig fsmount "
    "fspick mount_setattr pivot_root chroot setns unshare open_by_handle_at fanotify_init "
    "quotactl quotactl_fd swapon swapoff acct add_key request_key keyctl settimeofday "
    "clock_settime clock_adjtime adjtimex sethostname setdomainname iopl ioperm modify_ldt "
    "syslog vhangup personality lookup_dcookie";

// What a call on a block, a list or a directory becomes. Where the C library chooses between old
// and new calls, all of them.
constexpr std::string_view kFiles =
    "_llseek access chmod chown chown32 close close_range copy_file_range creat dup dup2 "
    "dup3 faccessat faccessat2 fadvise64 fadvise64_64 fallocate fchmod fchmodat "
    "fchown fchown32 fchownat fcntl fcntl64 fdatasync fgetxattr flistxattr flock "
    "fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate "
    "ftruncate64 futimesat getcwd getdents getdents64 getxattr lchown lchown32 "
    "lgetxattr link linkat listxattr llistxattr lremovexattr lseek lsetxattr lstat lstat64 "
    "mkdir mkdirat mknod mknodat newfstatat open openat openat2 pread64 preadv preadv2 "
    "pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv removexattr rename "
    "renameat renameat2 rmdir sendfile sendfile64 setxattr splice stat stat64 statfs "
    "statfs64 statx symlink symlinkat sync_file_range sync_file_range2 tee truncate "
    "truncate64 umask unlink unlinkat utime utimensat utimensat_time64 utimes vmsplice write "
    "writev";

// Waiting: for requests, events of the backing, locks, time and the guard; over io_uring too.
constexpr std::string_view kWaits =
    "_newselect clock_getres clock_getres_time64 clock_gettime clock_gettime64 "
    "clock_nanosleep clock_nanosleep_time64 epoll_create epoll_create1 epoll_ctl epoll_pwait "
    "epoll_pwait2 epoll_wait eventfd eventfd2 futex futex_requeue futex_time64 futex_wait "
    "futex_waitv futex_wake gettimeofday inotify_add_watch inotify_init inotify_init1 "
    "inotify_rm_watch io_uring_enter io_uring_register io_uring_setup kill nanosleep pause "
    "pidfd_open pidfd_send_signal pipe pipe2 poll ppoll ppoll_time64 pselect6 "
    "pselect6_time64 restart_syscall rt_sigaction rt_sigpending rt_sigprocmask "
    "rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 "
    "rt_tgsigqueueinfo sched_yield select sigaltstack signalfd signalfd4 sigreturn tgkill "
    "time timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 "
    "tkill wait4 waitid waitpid";

// The process itself: memory (libfuse asks for that of its processor), threads, whose rights it
// acts with.
constexpr std::string_view kProcess =
    "arch_prctl brk capget capset chdir exit exit_group get_robust_list get_mempolicy getcpu "
    "getegid getegid32 "
    "geteuid geteuid32 getgid getgid32 getgroups getgroups32 getpgid getpgrp getpid getppid "
    "getpriority getrandom getresgid getresgid32 getresuid getresuid32 getrlimit getrusage "
    "getsid gettid getuid getuid32 madvise map_shadow_stack mbind membarrier mincore mlock mlock2 "
    "mremap mseal munlock munmap prctl prlimit64 riscv_flush_icache riscv_hwprobe rseq "
    "sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_setaffinity "
    "sched_setattr sched_setscheduler set_mempolicy set_robust_list set_thread_area "
    "set_tid_address "
    "set_tls setfsgid setfsgid32 setfsuid setfsuid32 setgroups setgroups32 setpriority "
    "setresgid setresgid32 setresuid setresuid32 setrlimit sysinfo ugetrlimit umount2 uname";

// The log, and systemd: what goes through a socket of socket(2), which must be a local one.
constexpr std::string_view kLocalSockets =
    "connect getpeername getsockname getsockopt recvfrom recvmsg send sendmsg sendto "
    "setsockopt shutdown";

// Calls that Debian 12's libseccomp does not know by name. From 424 on, all architectures that
// Debian releases number them alike.
constexpr int kYoung[] = {
    452,  // fchmodat2
    458,  // listmount
};

// A rule on one argument of a system call.
struct Rule {
  const char* call;
  scmp_arg_cmp argument;
};

constexpr scmp_datum_t kNone = 0;
constexpr scmp_datum_t kWriteAndExecute = PROT_WRITE | PROT_EXEC;
// Of <linux/fuse.h> and <linux/nsfs.h>: backing files, clones of the device; a caller's namespace.
constexpr scmp_datum_t kIoctlType = _IOC_TYPEMASK << _IOC_TYPESHIFT;
constexpr scmp_datum_t kOfFuse = scmp_datum_t{229} << _IOC_TYPESHIFT;
constexpr scmp_datum_t kOfNamespaces = scmp_datum_t{0xb7} << _IOC_TYPESHIFT;

const Rule kDeniedWith[] = {
    {"socket", {0, SCMP_CMP_NE, AF_UNIX, 0}},
    {"clone", {0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, kNone}},
    {"mprotect", {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC}},
    {"pkey_mprotect", {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC}},
    {"mmap", {2, SCMP_CMP_MASKED_EQ, kWriteAndExecute, kWriteAndExecute}},
    {"mmap2", {2, SCMP_CMP_MASKED_EQ, kWriteAndExecute, kWriteAndExecute}},
};

const Rule kAllowedWith[] = {
    {"socket", {0, SCMP_CMP_EQ, AF_UNIX, 0}},
    {"ioctl", {1, SCMP_CMP_MASKED_EQ, kIoctlType, kOfFuse}},
    {"ioctl", {1, SCMP_CMP_MASKED_EQ, kIoctlType, kOfNamespaces}},
    {"clone", {0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD}},
    {"mprotect", {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, kNone}},
    {"mmap", {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, kNone}},
    {"mmap", {2, SCMP_CMP_MASKED_EQ, kWriteAndExecute, PROT_EXEC}},
    {"mmap2", {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, kNone}},
    {"mmap2", {2, SCMP_CMP_MASKED_EQ, kWriteAndExecute, PROT_EXEC}},
};

// A filter that is being made. The first error is kept, for Load().
class Filter {
 public:
  explicit Filter(std::uint32_t otherwise)
      : otherwise_(otherwise), context_(seccomp_init(otherwise)), result_(context_ ? 0 : -ENOMEM) {}

  void Add(std::uint32_t action, const char* call, std::span<const scmp_arg_cmp> arguments = {}) {
    const int number = seccomp_syscall_resolve_name(call);
    if (number >= 0) {  // it exists on this architecture
      Add(action, number, arguments);
    }
  }

  void Add(std::uint32_t action, int number, std::span<const scmp_arg_cmp> arguments = {}) {
    if (action != otherwise_ && result_ == 0) {
      result_ = seccomp_rule_add_array(context_.get(), action, number,
                                       static_cast<unsigned>(arguments.size()), arguments.data());
    }
  }

  /// `calls` are names with a space between them.
  void AddAll(std::uint32_t action, std::string_view calls) {
    for (const auto call : std::views::split(calls, ' ')) {
      Add(action, std::string(call.begin(), call.end()).c_str());
    }
  }

  void AddAll(std::uint32_t action, std::span<const Rule> rules) {
    std::ranges::for_each(rules,
                          [&](const Rule& rule) { Add(action, rule.call, {&rule.argument, 1}); });
  }

  Status Load() {
    const int result = result_ == 0 ? seccomp_load(context_.get()) : result_;
    return result == 0 ? Status{} : Fail(-result, "seccomp");
  }

 private:
  struct Released {
    void operator()(void* context) const { seccomp_release(context); }
  };

  std::uint32_t otherwise_;
  std::unique_ptr<void, Released> context_;
  int result_;
};

std::uint32_t NotAllowed() {
#ifdef SHMOUNT_FAULT_POINTS
  const char* wanted = secure_getenv("SHMOUNT_FAULTS_FILTER");
  if (wanted != nullptr && std::string_view(wanted) == "kill") {
    return SCMP_ACT_KILL_PROCESS;
  }
#endif
  return SCMP_ACT_ERRNO(ENOSYS);
}

}  // namespace

Status DenyWaysOut() {
  Filter filter(SCMP_ACT_ALLOW);
  filter.AddAll(SCMP_ACT_ERRNO(EPERM), kWaysOut);
  filter.AddAll(SCMP_ACT_ERRNO(EPERM), kDeniedWith);
  // A filter cannot see the flags of clone3. After ENOSYS, the C library uses clone.
  filter.Add(SCMP_ACT_ERRNO(ENOSYS), "clone3");
  return filter.Load();
}

Status AllowServing() {
  Filter filter(NotAllowed());
  for (const auto calls : {kFiles, kWaits, kProcess, kLocalSockets}) {
    filter.AddAll(SCMP_ACT_ALLOW, calls);
  }
  std::ranges::for_each(kYoung, [&](int number) { filter.Add(SCMP_ACT_ALLOW, number); });
  filter.AddAll(SCMP_ACT_ALLOW, kAllowedWith);
  // A filter cannot see the flags of clone3. After ENOSYS, the C library uses clone.
  filter.Add(SCMP_ACT_ERRNO(ENOSYS), "clone3");
  return filter.Load();
}

}  // namespace shmount
