// SPDX-License-Identifier: Apache-2.0
// Every system call on the backing directory and what lies in it is in this folder. No symbolic
// link is followed anywhere here, no mount point below the backing is entered, and nothing but
// regular files is opened for I/O. Errors are the kernel's errno unless said otherwise. The objects
// own their descriptors; const calls may run in several threads at once.
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

/// An open block.
class BlockFile final : public BlockIo {
 public:
  explicit BlockFile(UniqueFd fd) : fd_(std::move(fd)) {}

  int fd() const { return fd_.get(); }
  Result<FileStat> Stat() const;
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
  /// The same on a part of the block only, against fcntl(2) locks of this part, until the file is
  /// closed (F_OFD_SETLK). Does not wait, with or without LOCK_NB. EBADF: LOCK_EX of a file that is
  /// open for reading only.
  Status LockRange(int operation, std::uint64_t offset, std::uint64_t length) const;
  /// Takes a write lease (fcntl(2)) until the file is closed; others who open the block wait until
  /// then. EAGAIN: it is open or mapped elsewhere, in whatever process or namespace. EACCES: this
  /// process is neither its owner nor has CAP_LEASE. EINVAL: the file system has no leases.
  Status TakeLease() const;
  /// Whether nobody has tried to open it since.
  bool HasLease() const;
  /// Gives it up before the file is closed.
  Status DropLease() const;
  /// Whether it has file seals against writing, growing or shrinking, which passthrough would get
  /// around.
  bool HasFileSeals() const;
  /// access(2), as open(2) would decide.
  Status Access(int mask) const;
  /// A second open of the same file, with the access mode in `flags`.
  Result<BlockFile> Reopen(int flags) const;
  Status SetMode(mode_t mode) const;
  Status SetOwner(uid_t uid, gid_t gid) const;
  Status SetXattr(const char* name, std::string_view value, int flags) const;

 private:
  UniqueFd fd_;
};

}  // namespace shmount
