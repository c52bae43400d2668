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

/// Makes a block of zeros by `name`. Its memory is reserved, so that a full backing is ENOSPC here
/// and not a signal later, and it has its size before it has its name. Returns the block, open for
/// reading and writing whatever its mode and whatever has become of its name since. EEXIST.
Result<BlockFile> MakeBlock(const Directory& backing, const char* name, std::uint64_t size,
                            mode_t mode);

/// The same by a name as CPython makes them up.
struct NovelBlock {
  std::string name;
  BlockFile file;
};
Result<NovelBlock> MakeNovelBlock(const Directory& backing, std::uint64_t size, mode_t mode);

/// Makes the list that `builder` holds, which has no name as yet. `manager`, if not null, takes it.
/// ENOSPC; ENOTSUP: an empty list takes a mark, and the backing keeps no user xattrs.
Result<BlockFile> PrepareList(const Directory& backing, const ListBuilder& builder, mode_t mode,
                              Managed* manager);

/// The same by `name`, which is the whole list from the start. EEXIST.
Result<BlockFile> MakeList(const Directory& backing, const char* name, const ListBuilder& builder,
                           mode_t mode);

}  // namespace shmount
