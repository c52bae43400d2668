// SPDX-License-Identifier: Apache-2.0
#include "core/store/create.h"

#include <cstdint>

#include "core/backing/block_file.h"
#include "core/backing/block_name.h"
#include "core/backing/xattr_names.h"
#include "core/list/layout.h"

namespace shmount {
namespace {

/// A block without a name as yet, all of its memory reserved.
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

Status MakeBlock(const Directory& backing, const char* name, std::uint64_t size, mode_t mode) {
  const auto file = TRY(Reserve(backing, size, mode));
  return backing.Publish(file, name);
}

Result<std::string> MakeNovelBlock(const Directory& backing, std::uint64_t size, mode_t mode) {
  const auto file = TRY(Reserve(backing, size, mode));
  constexpr int kMaxTries = 100;
  for (int i = 0; i < kMaxTries; ++i) {
    std::string name = NovelBlockName();
    const auto named = backing.Publish(file, name.c_str());
    if (named) {
      return name;
    }
    if (named.error().code != EEXIST) {
      return std::unexpected(named.error());
    }
  }
  return Fail(EEXIST, "novel name");
}

Status MakeList(const Directory& backing, const char* name, const ListBuilder& builder,
                mode_t mode) {
  const ListShape shape = builder.shape();
  auto file = TRY(Reserve(backing, shape.size(), mode));
  auto done = builder.WriteTo(file);
  if (done && shape.count == 0) {
    done = file.SetXattr(kListXattr, "", 0);
  }
  return done ? backing.Publish(file, name) : done;
}

}  // namespace shmount
