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

/// Seconds that the kernel may keep an answer.
using Seconds = double;
inline constexpr Seconds kForever = 86400;  // an event in the backing ends it sooner
/// For what stores through a mapping change, which raise no event: times, resident memory, and
/// whether a block is a list.
inline constexpr Seconds kUnseen = 1;

/// What a name in the backing stands for.
struct Entry {
  Kind kind = Kind::kBlock;
  Inode inode;
  ListShape shape;         ///< of a list, also of one that is `being_written`
  Seconds ttl = kForever;  ///< how long `kind` can be relied on without an event: stores give none
  /// It is a block now, and a list as soon as the tag of its first or last element is whole.
  bool being_written = false;
};

/// Tells what `name` in `backing` is, reading a block's content with this process's own rights.
/// ENOENT where it is nothing that shows.
Result<Entry> Inspect(const Directory& backing, const char* name);

/// The same for an inode at hand.
Result<Entry> Inspect(Inode inode);

/// The shape of an open block that was a list. It still counts as one while a Python assigns to it
/// (Likeness::kBeingWritten). ESTALE if it is no list any more.
Result<ListShape> ShapeOf(const BlockIo& block, const Inode& inode);

}  // namespace shmount
