// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "core/backing/block_file.h"
#include "core/nodes/file_handle.h"

namespace shmount {

/// An open file of the mount that is a file in the backing too: a raw block, or a file of a draft.
class BackedHandle : public FileHandle {
 public:
  explicit BackedHandle(std::shared_ptr<BlockFile> file) : file_(std::move(file)) {}
  /// Releases the lock of Lock(): other handles may share the descriptor, and would keep the lock
  /// with it.
  ~BackedHandle() override;

  Result<std::size_t> Read(std::uint64_t offset, std::span<std::byte> into) override;
  Status Sync(bool data_only) override;
  Status Allocate(int mode, std::uint64_t offset, std::uint64_t length) override;
  Result<std::uint64_t> Seek(std::uint64_t offset, int whence) override;
  Status Lock(int operation) override;

 protected:
  const BlockFile& file() const { return *file_; }

 private:
  const std::shared_ptr<BlockFile> file_;
};

}  // namespace shmount
