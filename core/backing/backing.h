// SPDX-License-Identifier: Apache-2.0
// Every system call on the backing directory and what lies in it. No symbolic link is followed
// anywhere here, no mount point below the backing is entered, and nothing but regular files is
// opened for I/O. Errors are the kernel's errno unless said otherwise. The objects own their
// descriptors; const calls may run in several threads at once.
#pragma once

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/unique_fd.h"
#include "core/list/block_io.h"

namespace shmount {

/// An open block.
class BlockFile final : public BlockIo {
 public:
  explicit BlockFile(UniqueFd fd) : fd_(std::move(fd)) {}

  int fd() const { return fd_.get(); }
  Result<struct stat> Stat() const;
  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> into) const override;
  Status WriteAt(std::uint64_t offset, std::span<const std::byte> from) override;

  /// pwrite(2): unlike WriteAt it may make the block longer, and may write less than all.
  Result<std::size_t> Write(std::uint64_t offset, std::span<const std::byte> from) const;
  /// The same at the end, wherever that is by now.
  Result<std::size_t> Append(std::span<const std::byte> from) const;
  Status Truncate(std::uint64_t size) const;
  /// fallocate(2), all its modes that the backing has.
  Status Allocate(int mode, std::uint64_t offset, std::uint64_t length) const;
  /// lseek(2) with SEEK_DATA or SEEK_HOLE.
  Result<std::uint64_t> Seek(std::uint64_t offset, int whence) const;
  Status Sync(bool data_only) const;
  /// flock(2).
  Status Lock(int operation) const;
  /// Takes a write lease (fcntl(2)) until the file is closed, during which others who open the
  /// block wait. EAGAIN: it is open or mapped elsewhere, in whatever process or namespace. EACCES:
  /// neither its owner nor CAP_LEASE. EINVAL: a file system without leases.
  Status TakeLease() const;
  /// Whether it has write, grow or shrink seals, which passthrough would get around.
  bool Sealed() const;
  /// A second open of the same file, with the access mode in `flags`.
  Result<BlockFile> Reopen(int flags) const;
  Status SetMode(mode_t mode) const;
  Status SetOwner(uid_t uid, gid_t gid) const;
  Status SetXattr(const char* name, std::string_view value, int flags) const;

 private:
  UniqueFd fd_;
};

/// A file or directory found by name and held by an O_PATH descriptor, which takes no permission on
/// it and has no side effect whatever it is.
class Inode {
 public:
  Inode(UniqueFd fd, const struct stat& st) : fd_(std::move(fd)), stat_(st) {}

  /// The same file once more, whatever has become of its name.
  static Result<Inode> Of(const BlockFile& file);

  int fd() const { return fd_.get(); }
  /// As it was when found, or at the last Refresh().
  const struct stat& stat() const { return stat_; }
  bool is_block() const { return S_ISREG(stat_.st_mode); }
  bool is_directory() const { return S_ISDIR(stat_.st_mode); }
  Result<struct stat> Restat() const;
  Status Refresh();

  /// Opens a regular file with the access mode in `flags` (and O_TRUNC). EACCES as open(2) has it.
  Result<BlockFile> Open(int flags) const;
  /// The same to read it for our own ends: where we may, its access time stays as it is.
  Result<BlockFile> OpenUnnoticed() const;
  Status SetMode(mode_t mode) const;
  Status SetOwner(uid_t uid, gid_t gid) const;
  Status SetTimes(const struct timespec times[2]) const;
  Status Truncate(std::uint64_t size) const;
  Status Access(int mask) const;
  /// ENODATA where there is no such attribute.
  Result<std::string> GetXattr(const char* name) const;
  /// False too where the file system keeps no attributes, or we may not read them.
  Result<bool> HasXattr(const char* name) const;
  Status SetXattr(const char* name, std::string_view value, int flags) const;
  Status RemoveXattr(const char* name) const;
  /// The names, each ended by a NUL, as listxattr(2) gives them.
  Result<std::string> ListXattr() const;

 private:
  UniqueFd fd_;
  struct stat stat_;
};

/// An open directory: the backing itself or one below it.
class Directory {
 public:
  /// Opens the backing. ENOTDIR, ENOENT, EACCES; EINVAL for one that lies on hugetlbfs.
  static Result<Directory> OpenBacking(const std::string& path);
  explicit Directory(UniqueFd fd) : fd_(std::move(fd)) {}

  int fd() const { return fd_.get(); }
  Result<struct stat> Stat() const;
  Result<struct statvfs> StatFs() const;

  /// Finds what `name` is. ENOENT; ENAMETOOLONG; ENOENT too for what lies on another mount.
  Result<Inode> Find(const char* name) const;
  /// Whether something may be mounted somewhere below; where false, nothing was when asked.
  bool MayHaveMounts() const;
  /// Whether something is mounted over `name`.
  bool IsMountPoint(const char* name) const;
  /// Opens a directory below. ENOTDIR, ELOOP.
  Result<Directory> OpenDirectory(const char* name) const;
  /// Creates and opens a block for reading and writing. EEXIST.
  Result<BlockFile> Create(const char* name, mode_t mode) const;
  /// Creates a block that has no name yet; Publish gives it one or the file is gone with the
  /// descriptor.
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
  Result<class DirStream> List() const;

 private:
  UniqueFd fd_;
};

/// Reads a directory from the start or from where an earlier entry said one goes on.
class DirStream {
 public:
  explicit DirStream(UniqueFd fd) : fd_(std::move(fd)) {}

  /// Goes on after the entry whose `cookie` this is; 0 is the start.
  Status Seek(std::uint64_t cookie);
  /// The next entry, or nothing at the end. `cookie` is for Seek.
  struct Item {
    std::string_view name;  ///< valid until the next call
    std::uint64_t ino;
    std::uint64_t cookie;
    unsigned char type;
  };
  Result<bool> Next(Item& item);

 private:
  UniqueFd fd_;
  std::vector<char> buffer_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  std::uint64_t cookie_ = 0;  // of the entry last given
};

}  // namespace shmount
