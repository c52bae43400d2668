// SPDX-License-Identifier: Apache-2.0
// What stat(2) shows of a node, and what a setattr changes of it.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "core/backing/inode.h"
#include "core/nodes/types.h"

namespace shmount {

/// A raw block as the node `id` shows it, which may be a link to `target`.
struct stat BlockAttr(const struct stat& block, NodeId id, const std::string& target);

/// Hands each of the attributes in `change` that a block or draft can have to its inode.
Status ApplyChange(const Inode& inode, const AttrChange& change);

/// A draft as stat(2) shows it.
struct stat DraftAttr(const Inode& draft, NodeId id);

/// A list's directory as stat(2) shows it: the block's readers may read and search it.
struct stat ListAttr(const struct stat& block, std::uint64_t ino);
/// The same with the directory's own time, if it has one (store/list_time.h).
struct stat TimedListAttr(const Inode& block, const struct stat& now, std::uint64_t ino);
/// A file in a list: never executable.
struct stat ElementAttr(const struct stat& block, std::uint64_t ino, std::uint64_t size);
/// The block's mode after `chmod mode` of its list's directory: who may read is set, who may write
/// is kept among the readers.
mode_t BlockModeFromList(mode_t block, mode_t mode);

}  // namespace shmount
