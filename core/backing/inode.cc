// SPDX-License-Identifier: Apache-2.0
#include "core/backing/inode.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

#include "core/backing/syscall.h"

namespace shmount {

namespace {

Result<UniqueFd> Duplicate(int fd) {
  return Own(Ask("dup", [&] { return fcntl(fd, F_DUPFD_CLOEXEC, 0); }), "dup");
}

}  // namespace

Result<Inode> Inode::Of(const BlockFile& file) {
  auto fd = TRY(Duplicate(file.fd()));
  const auto st = TRY(StatFd(fd.get()));
  return Inode(std::move(fd), st);
}

Result<Inode> Inode::Copy() const { return Inode(TRY(Duplicate(fd())), stat_); }

Result<FileStat> Inode::Restat() const { return StatFd(fd()); }

Status Inode::Refresh() {
  const auto st = TRY(Restat());
  stat_ = st;
  return {};
}

Result<BlockFile> Inode::Open(int flags) const {
  if (is_directory()) {
    return Fail(EISDIR, "open");
  }
  if (!is_block()) {
    return Fail(EACCES, "open");
  }
  return BlockFile(TRY(OpenAgain(fd(), flags)));
}

Result<BlockFile> Inode::OpenUnnoticed() const {
  auto file = Open(O_RDONLY | O_NOATIME);
  return file || file.error().code != EPERM ? std::move(file) : Open(O_RDONLY);
}

Status Inode::SetMode(mode_t mode) const {
  return Change("chmod", [&] { return chmod(ProcPath(fd()).c_str(), mode); });
}

Status Inode::SetOwner(uid_t uid, gid_t gid) const {
  return Change("chown", [&] { return fchownat(fd(), "", uid, gid, AT_EMPTY_PATH); });
}

Status Inode::SetTimes(const struct timespec times[2]) const {
  return Change("utimensat", [&] { return utimensat(AT_FDCWD, ProcPath(fd()).c_str(), times, 0); });
}

Status Inode::Truncate(std::uint64_t size) const {
  if (!is_block()) {
    return Fail(is_directory() ? EISDIR : EINVAL, "truncate");
  }
  // truncate(2) would wait until the holder of a lease gives it up; an open with O_NONBLOCK does
  // not.
  const auto file = TRY(Open(O_WRONLY));
  return file.Truncate(size);
}

Status Inode::Access(int mask) const { return AccessAgain(fd(), mask); }

Result<std::string> Inode::GetXattr(const char* name) const {
  const ProcPath path(fd());
  std::string value(256, '\0');
  for (;;) {
    const ssize_t n =
        Ask("getxattr", [&] { return getxattr(path.c_str(), name, value.data(), value.size()); });
    if (n >= 0) {
      value.resize(static_cast<std::size_t>(n));
      return value;
    }
    if (errno != ERANGE || value.size() >= 65536) {
      return FailErrno("getxattr");
    }
    value.resize(65536);
  }
}

Result<bool> Inode::HasXattr(const char* name) const {
  const ProcPath path(fd());
  if (Ask("getxattr", [&] { return getxattr(path.c_str(), name, nullptr, 0); }) >= 0) {
    return true;
  }
  if (errno == ENODATA || errno == ENOTSUP || errno == EACCES || errno == EPERM) {
    return false;
  }
  return FailErrno("getxattr");
}

Status Inode::SetXattr(const char* name, std::string_view value, int flags) const {
  return Change("setxattr", [&] {
    return setxattr(ProcPath(fd()).c_str(), name, value.data(), value.size(), flags);
  });
}

Status Inode::RemoveXattr(const char* name) const {
  return Change("removexattr", [&] { return removexattr(ProcPath(fd()).c_str(), name); });
}

Result<std::string> Inode::ListXattr() const {
  std::string names(65536, '\0');
  const ProcPath path(fd());
  const ssize_t n =
      Ask("listxattr", [&] { return listxattr(path.c_str(), names.data(), names.size()); });
  if (n < 0) {
    return FailErrno("listxattr");
  }
  names.resize(static_cast<std::size_t>(n));
  return names;
}

}  // namespace shmount
