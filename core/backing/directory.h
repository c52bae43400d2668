// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/backing/block_file.h"
#include "core/backing/dir_stream.h"
#include "core/backing/file_system.h"
#include "core/backing/inode.h"
#include "core/base/result.h"
#include "core/base/unique_fd.h"

namespace shmount {

/// An open directory: the backing itself or one below it. Names are single components.
class Directory {
 public:
  /// Opens the backing. ENOTDIR, ENOENT, EACCES as open(2). EINVAL: it lies on hugetlbfs.
  static Result<Directory> OpenBacking(const std::string& path);
  explicit Directory(UniqueFd fd) : fd_(std::move(fd)) {}

  int fd() const { return fd_.get(); }
  Result<FileStat> Stat() const;
  Result<struct statvfs> StatFs() const;
  Result<FileSystem> GetFileSystem() const;
  /// access(2) on the directory itself, by the effective user, as open(2) decides.
  Status Access(int mask) const;
  /// Which of R_OK, W_OK and X_OK every user has on the directory, by its mode and ACL; 0 if that
  /// is unknown.
  int RightsOfEverybody() const;

  /// Finds the file or directory `name`. ENOENT: it is absent or lies on another mount.
  /// ENAMETOOLONG.
  Result<Inode> Find(const char* name) const;
  /// The attributes of `name`, by one system call that opens nothing. Fails as Find.
  Result<FileStat> StatOf(const char* name) const;
  /// Whether something may be mounted on a file or directory below. Only false is certain.
  bool MayHaveMounts() const;
  /// Whether something is mounted over `name`.
  bool IsMountPoint(const char* name) const;
  /// Opens the directory `name`. ENOENT; ENOTDIR; ELOOP: it is a symbolic link.
  Result<Directory> OpenDirectory(const char* name) const;
  /// Creates and opens a block for reading and writing. EEXIST.
  Result<BlockFile> Create(const char* name, mode_t mode) const;
  /// Creates a block without a name (O_TMPFILE). Unless Publish() names it, it is freed when
  /// closed.
  Result<BlockFile> CreateUnnamed(mode_t mode) const;
  /// Gives a block of CreateUnnamed the name `name`. EEXIST.
  Status Publish(const BlockFile& file, const char* name) const;
  /// linkat(2), mkdirat(2) and unlinkat(2) in this directory, with their errors.
  Status Link(const Inode& inode, const char* name) const;
  Status MakeDirectory(const char* name, mode_t mode) const;
  Status Unlink(const char* name) const;
  Status RemoveDirectory(const char* name) const;
  /// renameat2(2), with its `flags`.
  Status Rename(const char* name, const Directory& to, const char* new_name, unsigned flags) const;
  /// fchmod(2) and fsetxattr(2) on the directory itself.
  Status SetMode(mode_t mode) const;
  Status SetXattr(const char* name, std::string_view value) const;
  /// flock(2) on the directory itself. EWOULDBLOCK: LOCK_NB was given and another holds the lock.
  Status Lock(int operation) const;

  /// Starts a listing that has its own position. It includes `.` and `..`.
  Result<DirStream> List() const;
  /// Calls `visit` for each entry except `.` and `..`, until it returns false or an error. Returns
  /// that error.
  Status ForEach(const std::function<Result<bool>(const DirEntry&)>& visit) const;
  /// All names in the directory except `.` and `..`.
  Result<std::vector<std::string>> Names() const;
  /// Reads the directory to find a name of the inode with this number. ENOENT.
  Result<std::string> NameOf(std::uint64_t ino) const;

 private:
  UniqueFd fd_;
};

}  // namespace shmount
