// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/backing/block_file.h"
#include "core/backing/directory.h"
#include "core/backing/inode.h"
#include "core/base/result.h"
#include "core/list/layout.h"

namespace shmount {

enum class Kind : std::uint8_t { kBlock, kList, kDraft };

/// How many seconds the kernel may cache an answer.
using Seconds = double;
inline constexpr Seconds kForever = 86400;  // an event in the backing ends the caching sooner
/// For what stores through a mapping can change: times, resident memory, and whether a block is a
/// list. Such stores raise no event.
inline constexpr Seconds kUnseen = 1;

/// What a name in the backing stands for.
struct Entry {
  Kind kind = Kind::kBlock;
  Inode inode;
  ListShape shape;         ///< of a list, also of one that is `being_written`
  Seconds ttl = kForever;  ///< how long `kind` can be relied on if no event comes
  /// The block becomes a list as soon as the tags of its first and last element are complete.
  bool being_written = false;
};

/// Finds what `name` in `backing` is. Reads a block's content with the rights of the calling
/// thread. ENOENT: nothing that a mount shows has this name.
Result<Entry> Inspect(const Directory& backing, const char* name);

/// The same for an inode that was found already.
Result<Entry> Inspect(Inode inode);

/// The shape of an open block that was a list before. It still counts as one while Python assigns
/// to it (Likeness::kBeingWritten). ESTALE: it is not a list any more.
Result<ListShape> ShapeOf(const BlockIo& block, const Inode& inode);

}  // namespace shmount
