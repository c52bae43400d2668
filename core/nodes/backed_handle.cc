// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/backed_handle.h"

#include <sys/file.h>

#include <cstddef>
#include <cstdint>

namespace shmount {

BackedHandle::~BackedHandle() { (void)file_->Lock(LOCK_UN); }

Result<std::size_t> BackedHandle::Read(std::uint64_t offset, std::span<std::byte> into) {
  return file_->ReadAt(offset, into);
}

Status BackedHandle::Sync(bool data_only) { return file_->Sync(data_only); }

Status BackedHandle::Allocate(int mode, std::uint64_t offset, std::uint64_t length) {
  return file_->Allocate(mode, offset, length);
}

Result<std::uint64_t> BackedHandle::Seek(std::uint64_t offset, int whence) {
  return file_->Seek(offset, whence);
}

Status BackedHandle::Lock(int operation) { return file_->Lock(operation); }

}  // namespace shmount
