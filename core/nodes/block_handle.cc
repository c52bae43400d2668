// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/block_handle.h"

#include <cstddef>
#include <cstdint>

#include "core/backing/block_file.h"
#include "core/nodes/backed_handle.h"

namespace shmount {
namespace {

class BlockHandle final : public BackedHandle {
 public:
  BlockHandle(OpenBlocks& blocks, std::uint64_t ino, const std::shared_ptr<BlockFile>& file)
      : BackedHandle(file), findable_(KeepFindable(blocks, ino, file)) {}

  Result<std::size_t> Write(std::uint64_t offset, std::span<const std::byte> from) override {
    return file().Write(offset, from);
  }
  Result<std::size_t> Append(std::span<const std::byte> from) override {
    return file().Append(from);
  }
  Status Truncate(std::uint64_t size) override { return file().Truncate(size); }
  std::optional<int> PassthroughFd() const override { return file().fd(); }

 private:
  const std::shared_ptr<void> findable_;
};

}  // namespace

std::shared_ptr<void> KeepFindable(OpenBlocks& blocks, std::uint64_t ino,
                                   const std::shared_ptr<BlockFile>& file) {
  blocks.Add(ino, file);
  return {file.get(), [&blocks, ino](void*) { blocks.Remove(ino); }};
}

Result<std::unique_ptr<FileHandle>> MakeBlockHandle(OpenBlocks& blocks, std::uint64_t ino,
                                                    BlockFile file) {
  if (file.HasFileSeals()) {
    return Fail(EPERM, "a sealed file");
  }
  return std::make_unique<BlockHandle>(blocks, ino, std::make_shared<BlockFile>(std::move(file)));
}

}  // namespace shmount
