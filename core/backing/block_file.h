// SPDX-License-Identifier: Apache-2.0
// This folder makes every system call on the backing directory and on the files in it. Its
// functions follow no symbolic link, enter no mount point below the backing, and open only regular
// files for I/O. Errors are the kernel's errno unless a comment says otherwise. Objects own their
// descriptors. Several threads may call const members of one object at a time.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "core/backing/file_key.h"
#include "core/base/result.h"
#include "core/base/unique_fd.h"
#include "core/list/block_io.h"

namespace shmount {

/// An open block, or another regular file in the backing. Offsets and sizes are in bytes. Each call
/// without a comment is the system call of the same name, whose errno is the error.
class BlockFile final : public BlockIo {
 public:
  explicit BlockFile(UniqueFd fd) : fd_(std::move(fd)) {}

  int fd() const { return fd_.get(); }
  Result<FileStat> Stat() const;
  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> into) const override;
  Status WriteAt(std::uint64_t offset, std::span<const std::byte> from) override;

  /// pwrite(2): unlike WriteAt it may make the block longer, and may write less than all.
  Result<std::size_t> Write(std::uint64_t offset, std::span<const std::byte> from) const;
  /// The same at the current end of the file, whoever has moved it.
  Result<std::size_t> Append(std::span<const std::byte> from) const;
  Status Truncate(std::uint64_t size) const;
  /// fallocate(2), with the modes that the backing's file system has.
  Status Allocate(int mode, std::uint64_t offset, std::uint64_t length) const;
  /// lseek(2) with SEEK_DATA or SEEK_HOLE.
  Result<std::uint64_t> Seek(std::uint64_t offset, int whence) const;
  /// fsync(2), or fdatasync(2) if `data_only`.
  Status Sync(bool data_only) const;
  /// flock(2).
  Status Lock(int operation) const;
  /// Locks only a part of the block, until the file is closed, by fcntl(2) with F_OFD_SETLK;
  /// conflicts with other fcntl(2) locks. `operation` is as in flock(2). Never waits, even without
  /// LOCK_NB: EAGAIN. EBADF: LOCK_EX on a file that is open for reading only.
  Status LockRange(int operation, std::uint64_t offset, std::uint64_t length) const;
  /// Takes a write lease (fcntl(2)) until the file is closed; anyone else who opens the block waits
  /// until then. EAGAIN: the block is open or mapped elsewhere, in any process or namespace.
  /// EACCES: this process neither owns the block nor has CAP_LEASE. EINVAL: the file system has no
  /// leases.
  Status TakeLease() const;
  /// Whether the lease is still held unbroken: no other process has tried to open the file.
  bool HasLease() const;
  /// Gives the lease up before the file is closed.
  Status DropLease() const;
  /// Whether the file has file seals against writing, growing or shrinking. Passthrough would get
  /// around these.
  bool HasFileSeals() const;
  /// access(2) by the effective user, as open(2) decides.
  Status Access(int mask) const;
  /// A second open of the same file, with the access mode in `flags`.
  Result<BlockFile> Reopen(int flags) const;
  /// fchmod(2), fchown(2) and fsetxattr(2).
  Status SetMode(mode_t mode) const;
  Status SetOwner(uid_t uid, gid_t gid) const;
  Status SetXattr(const char* name, std::string_view value, int flags) const;

 private:
  UniqueFd fd_;
};

}  // namespace shmount
