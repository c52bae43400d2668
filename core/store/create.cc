// SPDX-License-Identifier: Apache-2.0
#include "core/store/create.h"

#include <cstdint>
#include <string>
#include <utility>

#include "core/backing/block_file.h"
#include "core/backing/block_name.h"
#include "core/backing/inode.h"
#include "core/backing/xattr_names.h"
#include "core/list/layout.h"

namespace shmount {
namespace {

/// Makes a block that has no name yet and whose memory is all reserved.
Result<BlockFile> Reserve(const Directory& backing, std::uint64_t size, mode_t mode) {
  auto file = TRY(backing.CreateUnnamed(0600));
  auto done = size > 0 ? file.Allocate(0, 0, size) : Status{};
  if (done) {
    done = file.SetMode(mode & 07777);
  }
  if (!done) {
    return std::unexpected(std::move(done).error());
  }
  return file;
}

}  // namespace

Result<BlockFile> MakeBlock(const Directory& backing, const char* name, std::uint64_t size,
                            mode_t mode) {
  auto file = TRY(Reserve(backing, size, mode));
  TRY(backing.Publish(file, name));
  return file;
}

Result<NovelBlock> MakeNovelBlock(const Directory& backing, std::uint64_t size, mode_t mode) {
  auto file = TRY(Reserve(backing, size, mode));
  constexpr int kMaxTries = 100;
  for (int i = 0; i < kMaxTries; ++i) {
    std::string name = NovelBlockName();
    const auto named = backing.Publish(file, name.c_str());
    if (named) {
      return NovelBlock{std::move(name), std::move(file)};
    }
    if (named.error().code != EEXIST) {
      return std::unexpected(named.error());
    }
  }
  return Fail(EEXIST, "novel name");
}

Result<BlockFile> PrepareList(const Directory& backing, const ListBuilder& builder, mode_t mode,
                              Managed* manager) {
  const ListShape shape = builder.shape();
  auto file = TRY(Reserve(backing, shape.size(), mode));
  TRY(builder.WriteTo(file));
  if (shape.count == 0) {
    TRY(file.SetXattr(kListXattr, "", 0));
  }
  if (manager != nullptr) {
    const auto inode = TRY(Inode::Of(file));
    TRY(manager->Take(inode));
  }
  return file;
}

Result<BlockFile> MakeList(const Directory& backing, const char* name, const ListBuilder& builder,
                           mode_t mode) {
  auto file = TRY(PrepareList(backing, builder, mode, nullptr));
  TRY(backing.Publish(file, name));
  return file;
}

}  // namespace shmount
