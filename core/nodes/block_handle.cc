// SPDX-License-Identifier: Apache-2.0
#include <sys/file.h>

#include <cstddef>
#include <cstdint>

#include "core/backing/block_file.h"
#include "core/nodes/state.h"

namespace shmount {
namespace {

class BlockHandle final : public FileHandle {
 public:
  BlockHandle(NodeTable& nodes, std::uint64_t ino, std::shared_ptr<BlockFile> file)
      : file_(std::move(file)), findable_(KeepFindable(nodes, ino, file_)) {}
  ~BlockHandle() override {
    (void)file_->Lock(LOCK_UN);  // others may keep the descriptor, and with it the lock
  }

  Result<std::size_t> Read(std::uint64_t offset, std::span<std::byte> into) override {
    return file_->ReadAt(offset, into);
  }
  Result<std::size_t> Write(std::uint64_t offset, std::span<const std::byte> from) override {
    return file_->Write(offset, from);
  }
  Status Truncate(std::uint64_t size) override { return file_->Truncate(size); }
  const BlockFile* raw() const override { return file_.get(); }

 private:
  const std::shared_ptr<BlockFile> file_;
  const std::shared_ptr<void> findable_;
};

}  // namespace

Result<std::unique_ptr<FileHandle>> MakeBlockHandle(VolumeState& state, std::uint64_t ino,
                                                    BlockFile file) {
  if (file.HasFileSeals()) {
    return Fail(EPERM, "a sealed file");
  }
  return std::make_unique<BlockHandle>(state.nodes, ino,
                                       std::make_shared<BlockFile>(std::move(file)));
}

}  // namespace shmount
