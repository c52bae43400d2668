// SPDX-License-Identifier: Apache-2.0
#include "core/backing/directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <optional>

#include "core/backing/syscall.h"

namespace shmount {
namespace {

// Do not wait for the file system that is mounted over a name: its daemon may be this process.
constexpr int kStatFlags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;

// Removes the first component, and the slashes before it, from `path`.
std::string_view TakeComponent(std::string_view& path) {
  path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  const auto component = path.substr(0, path.find('/'));
  path.remove_prefix(component.size());
  return component;
}

// The part of a path that lies below the root of a process, /proc/PID/root.
std::optional<std::string_view> BelowRoot(std::string_view path) {
  if (!path.starts_with('/') || TakeComponent(path) != "proc") {
    return std::nullopt;
  }
  TakeComponent(path);
  auto next = TakeComponent(path);
  if (next == "task") {
    TakeComponent(path);
    next = TakeComponent(path);
  }
  return next == "root" ? std::optional(path) : std::nullopt;
}

// A symbolic link below the root of another process belongs to that process; the kernel would
// resolve an absolute one in our root. So no link is followed there.
int OpenInRoot(const std::string& root, const std::string& path) {
  const UniqueFd directory(open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) {
    return -1;
  }
  open_how how = {};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS;
  return static_cast<int>(syscall(SYS_openat2, directory.get(), path.c_str(), &how, sizeof how));
}

int OpenPath(const std::string& path) {
  const auto below = BelowRoot(path);
  return below ? OpenInRoot(path.substr(0, path.size() - below->size()), "." + std::string(*below))
               : open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

}  // namespace

Result<Directory> Directory::OpenBacking(const std::string& path) {
  auto fd = TRY(Own(Ask("open", [&] { return OpenPath(path); }), "open"));
  Directory directory(std::move(fd));
  const auto file_system = TRY(directory.GetFileSystem());
  if (file_system.IsHuge()) {
    return Fail(EINVAL, "a hugetlbfs cannot be the backing");
  }
  return directory;
}

Result<FileStat> Directory::Stat() const { return StatFd(fd()); }

Result<struct statvfs> Directory::StatFs() const {
  struct statvfs st;
  if (Ask("fstatvfs", [&] { return fstatvfs(fd(), &st); }) < 0) {
    return FailErrno("fstatvfs");
  }
  return st;
}

Result<FileSystem> Directory::GetFileSystem() const {
  struct statfs st;
  if (Ask("fstatfs", [&] { return fstatfs(fd(), &st); }) < 0) {
    return FailErrno("fstatfs");
  }
  return FileSystem(static_cast<std::uint32_t>(st.f_type));
}

Status Directory::Access(int mask) const { return AccessAgain(fd(), mask); }

int Directory::RightsOfEverybody() const {
  // An ACL can deny a user what the mode permits to all.
  const bool plain =
      Ask("fgetxattr", [&] { return fgetxattr(fd(), "system.posix_acl_access", nullptr, 0); }) <
          0 &&
      (errno == ENODATA || errno == ENOTSUP);
  const auto st = Stat();
  const mode_t mode = plain && st ? st->st_mode : 0;
  return static_cast<int>(mode & mode >> 3 & mode >> 6 & 7);
}

Result<Inode> Directory::Find(const char* name) const {
  auto fd = Own(OpenAt2(this->fd(), name, O_PATH | O_NOFOLLOW), "find");
  if (!fd) {
    // openat2 refuses symbolic links with ELOOP and mount points with EXDEV. Neither is shown.
    const int code = fd.error().code;
    return Fail(code == ELOOP || code == EXDEV ? ENOENT : code, "find");
  }
  const auto st = TRY(StatFd(fd->get()));
  return Inode(*std::move(fd), st);
}

Result<FileStat> Directory::StatOf(const char* name) const {
  struct statx st;
  if (Ask("statx", [&] { return statx(fd(), name, kStatFlags, kStatMask, &st); }) < 0) {
    return FailErrno("stat");
  }
  if ((st.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0) {
    return Fail(ENOENT, "a mount point");
  }
  return shmount::StatOf(st);
}

bool Directory::MayHaveMounts() const {
  // listmount(2) exists since Linux 6.8. Older headers have neither the call nor its argument.
  constexpr int kListMount = 458;
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
  return statx(fd(), name, kStatFlags, 0, &st) == 0 &&
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
    // openat2 refuses a mount point with EXDEV; the name exists all the same.
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
  // The position belongs to the open file description, which all callers share: open the directory
  // again.
  auto opened = TRY(Own(OpenAt2(fd(), ".", O_RDONLY | O_DIRECTORY), "open directory"));
  return DirStream(std::move(opened));
}

Status Directory::ForEach(const std::function<Result<bool>(const DirEntry&)>& visit) const {
  auto stream = TRY(List());
  DirEntry entry;
  while (TRY(stream.Next(entry))) {
    if (!entry.is_dots() && !TRY(visit(entry))) {
      break;
    }
  }
  return {};
}

Result<std::string> Directory::NameOf(std::uint64_t ino) const {
  std::string name;
  TRY(ForEach([&](const DirEntry& entry) {
    name = entry.ino == ino ? entry.name : "";
    return name.empty();
  }));
  return name.empty() ? Fail(ENOENT, "no name has inode " + std::to_string(ino))
                      : Result<std::string>(name);
}

Result<std::vector<std::string>> Directory::Names() const {
  std::vector<std::string> names;
  TRY(ForEach([&names](const DirEntry& entry) {
    names.emplace_back(entry.name);
    return true;
  }));
  return names;
}

}  // namespace shmount
