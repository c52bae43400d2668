// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/backing/directory.h"
#include "core/backing/inode.h"
#include "core/list/layout.h"
#include "core/value/value.h"

namespace shmount {

enum class ItemKind : std::uint8_t { kBlock, kList, kDraft, kSemaphore };

/// One name in the backing: an entry with its attributes, shape and manager.
struct Item {
  std::string name;
  ItemKind kind = ItemKind::kBlock;
  struct stat stat = {};
  ListShape shape;      ///< meaningful for a list
  std::string manager;  ///< the ID of its manager; empty: none

  std::uint64_t size() const { return static_cast<std::uint64_t>(stat.st_size); }
  /// How many bytes of memory it uses.
  std::uint64_t resident() const { return static_cast<std::uint64_t>(stat.st_blocks) * 512; }
  /// When it was last changed. Stores to mappings do not count: the kernel does not see them.
  struct timespec changed() const;
};

/// Describes `name`. ENOENT if it is no block, list, draft or semaphore.
Result<Item> Describe(const Directory& backing, const std::string& name);

/// Finds the item again. ENOENT: it is gone. ESTALE: its name is another file's now.
Result<Inode> FindAgain(const Directory& backing, const Item& item);

/// Describes everything in the backing, sorted by name; also names that mounts hide.
Result<std::vector<Item>> TakeInventory(const Directory& backing);

/// How many elements a list has of each Type; the last is how many are damaged.
using TypeCounts = std::array<std::uint64_t, kTypeNames.size() + 1>;
/// Reads all tags of `list`. Fails as FindAgain.
Result<TypeCounts> CountTypes(const Directory& backing, const Item& list);

}  // namespace shmount
