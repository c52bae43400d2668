// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "core/backing/block_file.h"
#include "core/backing/directory.h"
#include "core/base/result.h"
#include "core/list/build.h"
#include "core/store/manager_mark.h"

namespace shmount {

/// Makes a block of `size` zero bytes with the name `name`. Its memory is reserved, so that a full
/// backing is ENOSPC here, not SIGBUS later. The block has its full size before it gets its name.
/// Returns it open for reading and writing, whatever `mode` is. EEXIST: the name is taken.
Result<BlockFile> MakeBlock(const Directory& backing, const char* name, std::uint64_t size,
                            mode_t mode);

/// A block with a random name like those of CPython.
struct NovelBlock {
  std::string name;
  BlockFile file;
};
/// Tries names until one is free.
Result<NovelBlock> MakeNovelBlock(const Directory& backing, std::uint64_t size, mode_t mode);

/// Makes the list that `builder` holds, without a name. It belongs to `manager` unless that is
/// null. ENOSPC; ENOTSUP: an empty list needs an xattr, and the backing has no user xattrs.
Result<BlockFile> PrepareList(const Directory& backing, const ListBuilder& builder, mode_t mode,
                              Managed* manager);

/// The same with the name `name`, which is given to the complete list. EEXIST: the name is taken.
Result<BlockFile> MakeList(const Directory& backing, const char* name, const ListBuilder& builder,
                           mode_t mode);

}  // namespace shmount
