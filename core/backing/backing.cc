// SPDX-License-Identifier: Apache-2.0
#include "core/backing/backing.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>

#include <array>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>

#include "core/base/fault_point.h"

namespace shmount {
namespace {

/// Makes a system call, once more where a signal interrupted it. The result is its own, or -1 and
/// errno.
template <class SystemCall>
auto Call(const char* name, bool changes, SystemCall&& call) {
  for (;;) {
    const auto result = FaultPoint(name, changes) ? -1 : call();
    if (result >= 0 || errno != EINTR) {
      return result;
    }
  }
}

/// A call that only looks.
template <class SystemCall>
auto Ask(const char* name, SystemCall&& call) {
  return Call(name, false, call);
}

/// A call that changes the backing.
template <class SystemCall>
Status Change(const char* name, SystemCall&& call) {
  if (Call(name, true, call) < 0) {
    return FailErrno(name);
  }
  return {};
}

Result<UniqueFd> Own(int fd, const char* where) {
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

int OpenAt2(int dir, const char* name, std::uint64_t flags, mode_t mode = 0) {
  const bool changes = (flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) != 0;
  open_how how = {};
  how.flags = flags | O_CLOEXEC;
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  return Call("openat2", changes,
              [&] { return static_cast<int>(syscall(SYS_openat2, dir, name, &how, sizeof how)); });
}

Result<struct stat> StatFd(int fd) {
  struct stat st;
  if (fstat(fd, &st) < 0) {  // no point for faults: of an open file it has none
    return FailErrno("fstat");
  }
  return st;
}

constexpr int kAccessFlags = O_ACCMODE | O_TRUNC | O_APPEND | O_NOATIME;

Result<BlockFile> OpenByPath(int fd, int flags) {
  const ProcPath path(fd);
  auto opened = TRY(Own(Call("open", (flags & O_TRUNC) != 0,
                             [&] {
                               return open(path.c_str(), (flags & kAccessFlags) | O_CLOEXEC |
                                                             O_NONBLOCK | O_NOCTTY);
                             }),
                        "open"));
  return BlockFile(std::move(opened));
}

}  // namespace

Result<struct stat> BlockFile::Stat() const { return StatFd(fd()); }

Result<std::size_t> BlockFile::ReadAt(std::uint64_t offset, std::span<std::byte> into) const {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t n = Ask("pread", [&] {
      return pread(fd(), into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    });
    if (n < 0) {
      return FailErrno("pread");
    }
    if (n == 0) {
      break;
    }
    done += static_cast<std::size_t>(n);
  }
  return done;
}

Status BlockFile::WriteAt(std::uint64_t offset, std::span<const std::byte> from) {
  const auto st = TRY(Stat());
  const auto size = static_cast<std::uint64_t>(st.st_size);
  if (offset > size || from.size() > size - offset) {
    return Fail(EFBIG, "write past the block's end");
  }
  while (!from.empty()) {
    const auto n = TRY(Write(offset, from));
    offset += n;
    from = from.subspan(n);
  }
  return {};
}

Result<std::size_t> BlockFile::Write(std::uint64_t offset, std::span<const std::byte> from) const {
  const ssize_t n = Call("pwrite", true, [&] {
    return pwrite(fd(), from.data(), from.size(), static_cast<off_t>(offset));
  });
  if (n < 0) {
    return FailErrno("pwrite");
  }
  return static_cast<std::size_t>(n);
}

Result<std::size_t> BlockFile::Append(std::span<const std::byte> from) const {
  const iovec piece = {const_cast<std::byte*>(from.data()), from.size()};
  const ssize_t n =
      Call("pwritev2", true, [&] { return pwritev2(fd(), &piece, 1, 0, RWF_APPEND); });
  if (n < 0) {
    return FailErrno("pwritev2");
  }
  return static_cast<std::size_t>(n);
}

Status BlockFile::Truncate(std::uint64_t size) const {
  return Change("ftruncate", [&] { return ftruncate(fd(), static_cast<off_t>(size)); });
}

Status BlockFile::Allocate(int mode, std::uint64_t offset, std::uint64_t length) const {
  return Change("fallocate", [&] {
    return fallocate(fd(), mode, static_cast<off_t>(offset), static_cast<off_t>(length));
  });
}

Result<std::uint64_t> BlockFile::Seek(std::uint64_t offset, int whence) const {
  const off_t at = Ask("lseek", [&] { return lseek(fd(), static_cast<off_t>(offset), whence); });
  if (at < 0) {
    return FailErrno("lseek");
  }
  return static_cast<std::uint64_t>(at);
}

Status BlockFile::Sync(bool data_only) const {
  return Change("fsync", [&] { return data_only ? fdatasync(fd()) : fsync(fd()); });
}

Status BlockFile::Lock(int operation) const {
  return Change("flock", [&] { return flock(fd(), operation); });
}

Status BlockFile::TakeLease() const {
  // Who opens it meanwhile has us told by a signal: not by SIGIO, which would end us.
  if (fcntl(fd(), F_SETSIG, SIGURG) < 0) {
    return FailErrno("fcntl");
  }
  return Change("lease", [&] { return fcntl(fd(), F_SETLEASE, F_WRLCK); });
}

bool BlockFile::Sealed() const {
  const int seals = fcntl(fd(), F_GET_SEALS);
  return seals > 0 && (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE | F_SEAL_GROW | F_SEAL_SHRINK));
}

Result<BlockFile> BlockFile::Reopen(int flags) const { return OpenByPath(fd(), flags); }

Status BlockFile::SetMode(mode_t mode) const {
  return Change("fchmod", [&] { return fchmod(fd(), mode); });
}

Status BlockFile::SetOwner(uid_t uid, gid_t gid) const {
  return Change("fchown", [&] { return fchown(fd(), uid, gid); });
}

Status BlockFile::SetXattr(const char* name, std::string_view value, int flags) const {
  return Change("fsetxattr",
                [&] { return fsetxattr(fd(), name, value.data(), value.size(), flags); });
}

Result<Inode> Inode::Of(const BlockFile& file) {
  auto fd = TRY(Own(Ask("dup", [&] { return fcntl(file.fd(), F_DUPFD_CLOEXEC, 0); }), "dup"));
  const auto st = TRY(StatFd(fd.get()));
  return Inode(std::move(fd), st);
}

Result<struct stat> Inode::Restat() const { return StatFd(fd()); }

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
  return OpenByPath(fd(), flags);
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
  return Change("truncate",
                [&] { return truncate(ProcPath(fd()).c_str(), static_cast<off_t>(size)); });
}

Status Inode::Access(int mask) const {
  // The real ids of this process are not the caller's: the effective ones decide, as for open(2).
  const long may = Ask("faccessat2", [&] {
    return syscall(SYS_faccessat2, AT_FDCWD, ProcPath(fd()).c_str(), mask, AT_EACCESS);
  });
  return may < 0 ? Status(FailErrno("faccessat2")) : Status();
}

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

Result<Directory> Directory::OpenBacking(const std::string& path) {
  auto fd = TRY(Own(
      Ask("open", [&] { return open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }), "open"));
  struct statfs fs;
  if (fstatfs(fd.get(), &fs) < 0) {
    return FailErrno("fstatfs");
  }
  if (fs.f_type == HUGETLBFS_MAGIC) {
    return Fail(EINVAL, "a hugetlbfs cannot be the backing");
  }
  return Directory(std::move(fd));
}

Result<struct stat> Directory::Stat() const { return StatFd(fd()); }

Result<struct statvfs> Directory::StatFs() const {
  struct statvfs st;
  if (Ask("fstatvfs", [&] { return fstatvfs(fd(), &st); }) < 0) {
    return FailErrno("fstatvfs");
  }
  return st;
}

Result<Inode> Directory::Find(const char* name) const {
  auto fd = Own(OpenAt2(this->fd(), name, O_PATH | O_NOFOLLOW), "find");
  if (!fd) {
    // ELOOP and EXDEV are how openat2 refuses links and mount points: nothing of ours.
    const int code = fd.error().code;
    return Fail(code == ELOOP || code == EXDEV ? ENOENT : code, "find");
  }
  const auto st = TRY(StatFd(fd->get()));
  return Inode(*std::move(fd), st);
}

bool Directory::MayHaveMounts() const {
  // listmount(2), Linux 6.8: neither it nor its argument is in the headers of older systems.
  constexpr long kListMount = 458;
  constexpr unsigned kUniqueMountId = 0x4000;
  struct {
    std::uint32_t size = 24;
    std::uint32_t spare = 0;
    std::uint64_t mount = 0;
    std::uint64_t last = 0;
  } of;
  struct statx st;
  if (statx(fd(), "", AT_EMPTY_PATH, kUniqueMountId, &st) != 0 ||
      (st.stx_mask & kUniqueMountId) == 0) {
    return true;
  }
  of.mount = st.stx_mnt_id;
  std::uint64_t below = 0;
  return syscall(kListMount, &of, &below, 1, 0) != 0;
}

bool Directory::IsMountPoint(const char* name) const {
  struct statx st;
  return statx(fd(), name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, 0, &st) ==
             0 &&
         (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

Result<Directory> Directory::OpenDirectory(const char* name) const {
  auto opened =
      TRY(Own(OpenAt2(fd(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), "open directory"));
  return Directory(std::move(opened));
}

Result<BlockFile> Directory::Create(const char* name, mode_t mode) const {
  auto opened =
      Own(OpenAt2(fd(), name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode & 07777), "create");
  if (!opened) {
    // EXDEV is how openat2 refuses a mount point, which has taken the name.
    const int code = opened.error().code;
    return Fail(code == EXDEV ? EEXIST : code, "create");
  }
  return BlockFile(*std::move(opened));
}

Result<BlockFile> Directory::CreateUnnamed(mode_t mode) const {
  auto opened = TRY(Own(OpenAt2(fd(), ".", O_RDWR | O_TMPFILE, mode & 07777), "create"));
  return BlockFile(std::move(opened));
}

Status Directory::Publish(const BlockFile& file, const char* name) const {
  return Change("link", [&] {
    return linkat(AT_FDCWD, ProcPath(file.fd()).c_str(), fd(), name, AT_SYMLINK_FOLLOW);
  });
}

Status Directory::Link(const Inode& inode, const char* name) const {
  return Change("link", [&] {
    return linkat(AT_FDCWD, ProcPath(inode.fd()).c_str(), fd(), name, AT_SYMLINK_FOLLOW);
  });
}

Status Directory::MakeDirectory(const char* name, mode_t mode) const {
  return Change("mkdir", [&] { return mkdirat(fd(), name, mode); });
}

Status Directory::Unlink(const char* name) const {
  return Change("unlink", [&] { return unlinkat(fd(), name, 0); });
}

Status Directory::RemoveDirectory(const char* name) const {
  return Change("rmdir", [&] { return unlinkat(fd(), name, AT_REMOVEDIR); });
}

Status Directory::Rename(const char* name, const Directory& to, const char* new_name,
                         unsigned flags) const {
  return Change("rename", [&] { return renameat2(fd(), name, to.fd(), new_name, flags); });
}

Status Directory::SetMode(mode_t mode) const {
  return Change("fchmod", [&] { return fchmod(fd(), mode); });
}

Status Directory::SetXattr(const char* name, std::string_view value) const {
  return Change("fsetxattr", [&] { return fsetxattr(fd(), name, value.data(), value.size(), 0); });
}

Status Directory::Lock(int operation) const {
  return Change("flock", [&] { return flock(fd(), operation); });
}

Result<DirStream> Directory::List() const {
  // A second open: the position belongs to the open file, and ours is shared by all.
  auto opened = TRY(Own(OpenAt2(fd(), ".", O_RDONLY | O_DIRECTORY), "open directory"));
  return DirStream(std::move(opened));
}

Status DirStream::Seek(std::uint64_t cookie) {
  if (cookie == cookie_) {
    return {};
  }
  cookie_ = cookie;
  at_ = end_ = 0;
  const off_t at =
      Ask("lseek", [&] { return lseek(fd_.get(), static_cast<off_t>(cookie), SEEK_SET); });
  return at < 0 ? Status(FailErrno("lseek")) : Status();
}

Result<bool> DirStream::Next(Item& item) {
  if (at_ == end_) {
    constexpr std::size_t kBufferSize = 32768;
    buffer_.resize(kBufferSize);
    const ssize_t n =
        Ask("getdents64", [&] { return getdents64(fd_.get(), buffer_.data(), buffer_.size()); });
    if (n < 0) {
      return FailErrno("getdents64");
    }
    if (n == 0) {
      return false;
    }
    at_ = 0;
    end_ = static_cast<std::size_t>(n);
  }
  const auto* entry = reinterpret_cast<const dirent64*>(buffer_.data() + at_);
  at_ += entry->d_reclen;
  item = {entry->d_name, entry->d_ino, static_cast<std::uint64_t>(entry->d_off), entry->d_type};
  cookie_ = item.cookie;
  return true;
}

}  // namespace shmount
