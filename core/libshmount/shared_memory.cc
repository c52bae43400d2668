// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <shmount/shmount.h>
#include <sys/mman.h>

#include <cstddef>
#include <utility>

#include "core/backing/directory.h"
#include "core/libshmount/error.h"
#include "core/libshmount/name.h"
#include "core/store/create.h"

namespace shm {

SharedMemory SharedMemory::Create(std::size_t size, std::string_view name) {
  if (size == 0) {
    Throw(EINVAL, "a block of 0 bytes");
  }
  const shmount::Directory shm = OpenShm();
  if (name.empty()) {
    return Attach(Unwrap(shmount::MakeNovelBlock(shm, size, 0600), "new block"));
  }
  const std::string own = CheckName(name);
  Unwrap(shmount::MakeBlock(shm, own.c_str(), size, 0600), own);
  return Attach(own);
}

SharedMemory SharedMemory::Attach(std::string_view name) {
  std::string own = CheckName(name);
  const auto inode = Unwrap(OpenShm().Find(own.c_str()), own);
  if (!inode.is_block()) {
    Throw(inode.is_directory() ? EISDIR : EINVAL, own);
  }
  const auto file = Unwrap(inode.Open(O_RDWR), own);
  const auto size = static_cast<std::size_t>(Unwrap(file.Stat(), own).st_size);
  if (size == 0) {
    Throw(EINVAL, own + ": an empty block");
  }
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd(), 0);
  if (memory == MAP_FAILED) {
    Throw(errno, own);
  }
  return {std::move(own), {static_cast<std::byte*>(memory), size}};
}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : name_(std::move(other.name_)), buf_(std::exchange(other.buf_, {})) {}

SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept {
  if (this != &other) {
    Close();
    name_ = std::move(other.name_);
    buf_ = std::exchange(other.buf_, {});
  }
  return *this;
}

SharedMemory::~SharedMemory() { Close(); }

void SharedMemory::Close() noexcept {
  if (!buf_.empty()) {
    munmap(buf_.data(), buf_.size());
    buf_ = {};
  }
}

void SharedMemory::Unlink() const { Unwrap(OpenShm().Unlink(name_.c_str()), name_); }

}  // namespace shm
