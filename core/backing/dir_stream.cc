// SPDX-License-Identifier: Apache-2.0
#include "core/backing/dir_stream.h"

#include <dirent.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

#include "core/backing/syscall.h"

namespace shmount {

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

Result<bool> DirStream::Next(DirEntry& entry) {
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
  const auto* next = reinterpret_cast<const dirent64*>(buffer_.data() + at_);
  at_ += next->d_reclen;
  entry = {next->d_name, next->d_ino, static_cast<std::uint64_t>(next->d_off), next->d_type};
  cookie_ = entry.cookie;
  return true;
}

}  // namespace shmount
