// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "core/backing/backing.h"
#include "core/base/result.h"
#include "core/list/layout.h"

namespace shmount {

/// Attributes that shmount keeps on blocks and drafts in the backing. Whoever may write there can
/// put them there: by themselves they change how a thing shows, and no rights (SECURITY.md).
inline constexpr char kListXattr[] = "user.shmount.list";        ///< an empty list
inline constexpr char kDraftXattr[] = "user.shmount.draft";      ///< a directory being a draft
inline constexpr char kManagerXattr[] = "user.shmount.manager";  ///< its manager's ID
/// The same, where only a privileged daemon can have put it.
inline constexpr char kTrustedManagerXattr[] = "trusted.shmount.manager";
inline constexpr std::string_view kXattrPrefix = "user.shmount.";

/// Begins the names, in the backing, of the directories where things are made out of sight.
inline constexpr std::string_view kStagingPrefix = ".shmount-";

enum class Kind : std::uint8_t { kBlock, kList, kDraft };

/// Seconds that the kernel may keep what it was told.
using Seconds = double;
inline constexpr Seconds kForever = 86400;  // an event in the backing ends it sooner

/// What a name in the backing stands for.
struct Entry {
  Kind kind = Kind::kBlock;
  Inode inode;
  ListShape shape;         ///< of a list, also of one that is `pending`
  Seconds ttl = kForever;  ///< how long `kind` can be relied on without an event: stores give none
  bool pending = false;  ///< a block now, but a list but for the mark of its first or last element
};

/// Whether a name in the backing is shown at all.
bool IsVisible(std::string_view name, bool semaphores);

/// Tells what `name` in `backing` is, reading a block's content with this process's own rights.
/// ENOENT where it is nothing that shows.
Result<Entry> Inspect(const Directory& backing, const char* name);

/// The same for an inode at hand.
Result<Entry> Inspect(Inode inode);

/// The shape of the list that an open block was seen to be, and is but for what a Python that
/// assigns to it leaves for a moment. ESTALE where it is none any more.
Result<ListShape> ShapeOf(const BlockFile& file, const Inode& inode);

/// A list's directory as stat(2) shows it: the block's readers may read and search it.
struct stat ListAttr(const struct stat& block, std::uint64_t ino);
/// A file in a list: never executable.
struct stat ElementAttr(const struct stat& block, std::uint64_t ino, std::uint64_t size);
/// The block's mode after `chmod mode` of its list's directory: who may read is set, who may write
/// is kept among the readers.
mode_t BlockModeFromList(mode_t block, mode_t mode);

}  // namespace shmount
