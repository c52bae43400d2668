// SPDX-License-Identifier: Apache-2.0
#include "core/libshmount/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstddef>
#include <utility>

#include "core/backing/directory.h"
#include "core/libshmount/error.h"
#include "core/libshmount/name.h"
#include "core/store/create.h"

namespace libshmount {

using internal::Throw;
using internal::Unwrap;

std::unique_ptr<SharedMemory::State> SharedMemory::State::Map(std::string name,
                                                              const shmount::BlockFile& file,
                                                              Access access) {
  const auto size = static_cast<std::size_t>(Unwrap(file.Stat(), name).st_size);
  if (size == 0) {
    Throw(EINVAL, name + ": an empty block");
  }
  // First, as what throws after mmap() would leave the mapping behind.
  auto state = std::make_unique<State>(std::move(name), std::span<std::byte>(), access);
  const int protection = access == Access::kReadOnly ? PROT_READ : PROT_READ | PROT_WRITE;
  void* memory = mmap(nullptr, size, protection, MAP_SHARED, file.fd(), 0);
  if (memory == MAP_FAILED) {
    Throw(errno, state->name + ": mmap");
  }
  state->bytes = {static_cast<std::byte*>(memory), size};
  return state;
}

void SharedMemory::State::Unmap() noexcept {
  if (!bytes.empty()) {
    munmap(bytes.data(), bytes.size());
    bytes = {};
  }
}

SharedMemory SharedMemory::Create(std::size_t size, std::string_view name, mode_t mode) {
  if (size == 0) {
    Throw(EINVAL, "a block of 0 bytes");
  }
  internal::CheckMode(mode);
  const shmount::Directory shm = internal::OpenShm();
  if (name.empty()) {
    auto novel = Unwrap(shmount::MakeNovelBlock(shm, size, mode), "new block");
    return SharedMemory(State::Map(std::move(novel.name), novel.file, Access::kReadWrite));
  }
  std::string own = internal::CheckName(name);
  const auto file = Unwrap(shmount::MakeBlock(shm, own.c_str(), size, mode), own);
  return SharedMemory(State::Map(std::move(own), file, Access::kReadWrite));
}

SharedMemory SharedMemory::Attach(std::string_view name, Access access) {
  std::string own = internal::CheckName(name);
  const auto inode = Unwrap(internal::OpenShm().Find(own.c_str()), own);
  if (!inode.is_block()) {
    Throw(inode.is_directory() ? EISDIR : EINVAL, own + ": no block");
  }
  const auto file = Unwrap(inode.Open(access == Access::kReadOnly ? O_RDONLY : O_RDWR), own);
  return SharedMemory(State::Map(std::move(own), file, access));
}

SharedMemory::SharedMemory(std::unique_ptr<State> state) : state_(std::move(state)) {}
SharedMemory::SharedMemory(SharedMemory&& other) noexcept = default;
SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept = default;
SharedMemory::~SharedMemory() = default;

std::span<const std::byte> SharedMemory::bytes() const noexcept {
  return state_ ? state_->bytes : std::span<std::byte>();
}

std::span<std::byte> SharedMemory::buf() const {
  if (read_only()) {
    Throw(EACCES, name() + ": attached read-only");
  }
  return state_ ? state_->bytes : std::span<std::byte>();
}

std::size_t SharedMemory::size() const noexcept { return bytes().size(); }

const std::string& SharedMemory::name() const noexcept {
  static const std::string kNone;
  return state_ ? state_->name : kNone;
}

bool SharedMemory::read_only() const noexcept {
  return state_ && state_->access == Access::kReadOnly;
}

void SharedMemory::Close() noexcept {
  if (state_) {
    state_->Unmap();
  }
}

void SharedMemory::Unlink() const {
  Unwrap(internal::OpenShm().Unlink(internal::CheckName(name()).c_str()), name());
}

}  // namespace libshmount
