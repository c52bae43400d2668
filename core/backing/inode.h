// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "core/backing/block_file.h"
#include "core/base/result.h"
#include "core/base/unique_fd.h"

namespace shmount {

/// A file or directory that was found by name and is held by an O_PATH descriptor. Opening such a
/// descriptor needs no permission on the file and has no side effect, whatever kind of file it is.
class Inode {
 public:
  Inode(UniqueFd fd, const FileStat& st) : fd_(std::move(fd)), stat_(st) {}

  /// The inode of an open file, even if the file was renamed or unlinked since.
  static Result<Inode> Of(const BlockFile& file);

  /// A second object for the same inode.
  Result<Inode> Copy() const;
  /// Turns this into a file that can be neither read nor written, with the same descriptor.
  BlockFile Release() && { return BlockFile(std::move(fd_)); }

  int fd() const { return fd_.get(); }
  /// The attributes when it was found, or at the last Refresh().
  const FileStat& stat() const { return stat_; }
  FileKey key() const { return KeyOf(stat_); }
  bool is_block() const { return S_ISREG(stat_.st_mode); }
  bool is_directory() const { return S_ISDIR(stat_.st_mode); }
  /// Reads the attributes again, and Refresh() also stores them for stat(). Neither opens anything.
  Result<FileStat> Restat() const;
  Status Refresh();

  /// Opens a regular file with the access mode in `flags`, and O_TRUNC if given. Fails as open(2).
  Result<BlockFile> Open(int flags) const;
  /// Opens it for reading, without changing its access time if this process may do that.
  Result<BlockFile> OpenUnnoticed() const;
  /// chmod(2), chown(2), utimensat(2) and access(2) on the inode, with their errors. They work on
  /// an inode that has lost its name.
  Status SetMode(mode_t mode) const;
  Status SetOwner(uid_t uid, gid_t gid) const;
  Status SetTimes(const struct timespec times[2]) const;
  /// EAGAIN: another process has a lease on the file.
  Status Truncate(std::uint64_t size) const;
  Status Access(int mask) const;
  /// ENODATA: there is no such xattr.
  Result<std::string> GetXattr(const char* name) const;
  /// Also false if the file system has no xattrs, or if this process may not read them.
  Result<bool> HasXattr(const char* name) const;
  Status SetXattr(const char* name, std::string_view value, int flags) const;
  Status RemoveXattr(const char* name) const;
  /// The names, each ended by a NUL, as listxattr(2) gives them.
  Result<std::string> ListXattr() const;

 private:
  UniqueFd fd_;
  FileStat stat_;
};

}  // namespace shmount
