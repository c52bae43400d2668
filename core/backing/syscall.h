// SPDX-License-Identifier: Apache-2.0
// How this folder makes system calls. Other folders do not include this.
#pragma once

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <string_view>

#include "core/backing/file_key.h"
#include "core/base/fault_point.h"
#include "core/base/result.h"
#include "core/base/unique_fd.h"

namespace shmount {

/// Makes a system call, and repeats it if a signal interrupts it. Returns the call's result, or -1
/// with errno set.
template <class SystemCall>
auto Call(const char* name, bool changes, SystemCall&& call) {
  for (;;) {
    const auto result = FaultPoint(name, changes) ? -1 : call();
    if (result >= 0 || errno != EINTR) {
      return result;
    }
  }
}

/// Makes a call that does not change the backing.
template <class SystemCall>
auto Ask(const char* name, SystemCall&& call) {
  return Call(name, false, call);
}

/// Makes a call that changes the backing.
template <class SystemCall>
Status Change(const char* name, SystemCall&& call) {
  if (Call(name, true, call) < 0) {
    return FailErrno(name);
  }
  return {};
}

inline Result<UniqueFd> Own(int fd, const char* where) {
  if (fd < 0) {
    return FailErrno(where);
  }
  return UniqueFd(fd);
}

/// The name under /proc by which an O_PATH descriptor can be given to calls that take a path.
class ProcPath {
 public:
  explicit ProcPath(int fd) {
    const auto end = std::to_chars(path_.data() + kPrefix.size(), path_.data() + path_.size(), fd);
    *end.ptr = '\0';
  }
  const char* c_str() const { return path_.data(); }

 private:
  static constexpr std::string_view kPrefix = "/proc/self/fd/";
  std::array<char, 32> path_ = {'/', 'p', 'r', 'o', 'c', '/', 's',
                                'e', 'l', 'f', '/', 'f', 'd', '/'};
};

/// openat2(2) that follows no link and enters no other mount.
inline int OpenAt2(int dir, const char* name, std::uint64_t flags, mode_t mode = 0) {
  const bool changes = (flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) != 0;
  open_how how = {};
  how.flags = flags | O_CLOEXEC;
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  return Call("openat2", changes,
              [&] { return static_cast<int>(syscall(SYS_openat2, dir, name, &how, sizeof how)); });
}

inline constexpr unsigned kStatMask = STATX_BASIC_STATS | STATX_BTIME;

inline Result<FileStat> StatFd(int fd) {
  struct statx st;
  if (statx(fd, "", AT_EMPTY_PATH, kStatMask, &st) < 0) {  // without a fault point: it cannot fail
    return FailErrno("fstat");
  }
  return StatOf(st);
}

/// access(2) on the file behind `fd`, by the effective user, as open(2) decides. The real user of
/// this process is not the caller's.
inline Status AccessAgain(int fd, int mask) {
  const auto may = Ask("faccessat2", [&] {
    return syscall(SYS_faccessat2, AT_FDCWD, ProcPath(fd).c_str(), mask, AT_EACCESS);
  });
  return may < 0 ? Status(FailErrno("faccessat2")) : Status();
}

/// O_APPEND is not among them: the caller of a write gives the offset (FileHandle).
inline constexpr int kAccessFlags = O_ACCMODE | O_TRUNC | O_NOATIME;

/// Opens the file behind `fd` again, with the access mode in `flags`.
inline Result<UniqueFd> OpenAgain(int fd, int flags) {
  const ProcPath path(fd);
  return Own(Call("open", (flags & O_TRUNC) != 0,
                  [&] {
                    return open(path.c_str(),
                                (flags & kAccessFlags) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
                  }),
             "open");
}

}  // namespace shmount
