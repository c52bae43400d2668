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

/// An open directory: the backing itself or one below it.
class Directory {
 public:
  /// Opens the backing. ENOTDIR, ENOENT, EACCES; EINVAL for one that lies on hugetlbfs.
  static Result<Directory> OpenBacking(const std::string& path);
  explicit Directory(UniqueFd fd) : fd_(std::move(fd)) {}

  int fd() const { return fd_.get(); }
  Result<FileStat> Stat() const;
  Result<struct statvfs> StatFs() const;
  Result<FileSystem> GetFileSystem() const;
  /// access(2) of the directory itself, as open(2) would decide.
  Status Access(int mask) const;
  /// What every user may do here, of R_OK, W_OK and X_OK, as mode and ACL say; 0 where that cannot
  /// be told.
  int RightsOfEverybody() const;

  /// Finds what `name` is. ENOENT; ENAMETOOLONG; ENOENT too for what lies on another mount.
  Result<Inode> Find(const char* name) const;
  /// The attributes of what `name` is, in one system call that opens nothing. Errors as Find's.
  Result<FileStat> StatOf(const char* name) const;
  /// Whether something may be mounted somewhere below. False is certain, true is not.
  bool MayHaveMounts() const;
  /// Whether something is mounted over `name`.
  bool IsMountPoint(const char* name) const;
  /// Opens a directory below. ENOTDIR, ELOOP.
  Result<Directory> OpenDirectory(const char* name) const;
  /// Creates and opens a block for reading and writing. EEXIST.
  Result<BlockFile> Create(const char* name, mode_t mode) const;
  /// Creates a block that has no name yet. Without Publish it is gone with the descriptor.
  Result<BlockFile> CreateUnnamed(mode_t mode) const;
  Status Publish(const BlockFile& file, const char* name) const;
  Status Link(const Inode& inode, const char* name) const;
  Status MakeDirectory(const char* name, mode_t mode) const;
  Status Unlink(const char* name) const;
  Status RemoveDirectory(const char* name) const;
  /// renameat2(2), with its `flags`.
  Status Rename(const char* name, const Directory& to, const char* new_name, unsigned flags) const;
  Status SetMode(mode_t mode) const;
  Status SetXattr(const char* name, std::string_view value) const;
  /// flock(2) on the directory itself. EWOULDBLOCK with LOCK_NB.
  Status Lock(int operation) const;

  /// Starts a listing with a position of its own; `.` and `..` are in it.
  Result<DirStream> List() const;
  /// Calls `visit` for each entry except `.` and `..`, until it returns false or an error, which
  /// this returns too.
  Status ForEach(const std::function<Result<bool>(const DirEntry&)>& visit) const;
  /// The names in it, except `.` and `..`.
  Result<std::vector<std::string>> Names() const;
  /// A name that an inode has in it, found by reading it through. ENOENT.
  Result<std::string> NameOf(std::uint64_t ino) const;

 private:
  UniqueFd fd_;
};

}  // namespace shmount
