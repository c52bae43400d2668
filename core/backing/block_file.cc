// SPDX-License-Identifier: Apache-2.0
#include "core/backing/block_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdint>

#include "core/backing/syscall.h"

namespace shmount {

Result<FileStat> BlockFile::Stat() const { return StatFd(fd()); }

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

Status BlockFile::LockRange(int operation, std::uint64_t offset, std::uint64_t length) const {
  struct flock range = {};
  operation &= ~LOCK_NB;
  range.l_type = static_cast<std::int16_t>(operation == LOCK_EX   ? F_WRLCK
                                           : operation == LOCK_SH ? F_RDLCK
                                                                  : F_UNLCK);
  range.l_start = static_cast<off_t>(offset);
  range.l_len = static_cast<off_t>(length);
  return Change("flock", [&] { return fcntl(fd(), F_OFD_SETLK, &range); });
}

Status BlockFile::TakeLease() const {
  // The kernel sends a signal when another process opens the file. The default, SIGIO, would end
  // this process; SIGURG is ignored.
  if (fcntl(fd(), F_SETSIG, SIGURG) < 0) {
    return FailErrno("fcntl");
  }
  return Change("lease", [&] { return fcntl(fd(), F_SETLEASE, F_WRLCK); });
}

bool BlockFile::HasLease() const { return fcntl(fd(), F_GETLEASE) == F_WRLCK; }

Status BlockFile::DropLease() const {
  return Change("lease", [&] { return fcntl(fd(), F_SETLEASE, F_UNLCK); });
}

bool BlockFile::HasFileSeals() const {
  const int seals = fcntl(fd(), F_GET_SEALS);
  return seals > 0 && (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE | F_SEAL_GROW | F_SEAL_SHRINK));
}

Status BlockFile::Access(int mask) const { return AccessAgain(fd(), mask); }

Result<BlockFile> BlockFile::Reopen(int flags) const {
  return BlockFile(TRY(OpenAgain(fd(), flags)));
}

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

}  // namespace shmount
