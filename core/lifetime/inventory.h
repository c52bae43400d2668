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

/// What one name in the backing is.
struct Item {
  std::string name;
  ItemKind kind = ItemKind::kBlock;
  struct stat stat = {};
  ListShape shape;      ///< of a list
  std::string manager;  ///< its manager's ID; empty: none

  std::uint64_t size() const { return static_cast<std::uint64_t>(stat.st_size); }
  /// How much memory it uses.
  std::uint64_t resident() const { return static_cast<std::uint64_t>(stat.st_blocks) * 512; }
  /// When it was last changed as far as the kernel knows. Stores to mappings do not count.
  struct timespec changed() const;
};

/// Describes `name`. ENOENT if it is no block, list, draft or semaphore.
Result<Item> Describe(const Directory& backing, const std::string& name);

/// Finds the item again. ENOENT; ESTALE if its name stands for something else now.
Result<Inode> FindAgain(const Directory& backing, const Item& item);

/// Describes all that is in the backing, also what mounts hide, sorted by name.
Result<std::vector<Item>> TakeInventory(const Directory& backing);

/// How many elements a list has of each Type; the last is how many are damaged.
using TypeCounts = std::array<std::uint64_t, kTypeNames.size() + 1>;
Result<TypeCounts> CountTypes(const Directory& backing, const Item& list);

}  // namespace shmount
