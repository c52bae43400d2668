// SPDX-License-Identifier: Apache-2.0
#include "core/lifetime/inventory.h"

#include <fcntl.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/backing/block_name.h"
#include "core/backing/classify.h"
#include "core/backing/dir_stream.h"
#include "core/backing/directory.h"
#include "core/backing/inode.h"
#include "core/backing/xattr_names.h"
#include "core/base/time_order.h"
#include "core/list/scan.h"

namespace shmount {
namespace {

ItemKind KindOf(const std::string& name, const Entry& entry) {
  switch (entry.kind) {
    case Kind::kList:
      return ItemKind::kList;
    case Kind::kDraft:
      return ItemKind::kDraft;
    default:
      return name.starts_with("sem.") ? ItemKind::kSemaphore : ItemKind::kBlock;
  }
}

}  // namespace

struct timespec Item::changed() const { return std::max(stat.st_mtim, stat.st_ctim, IsEarlier); }

Result<Item> Describe(const Directory& backing, const std::string& name) {
  if (!CheckBlockName(name)) {
    return Fail(ENOENT, name);
  }
  // Mounts do not show names of staging directories, but a block of such a name uses memory too.
  auto entry = TRY(Inspect(backing, name.c_str()));
  return Item{name, KindOf(name, entry), entry.inode.stat(), entry.shape,
              entry.inode.GetXattr(kManagerXattr).value_or("")};
}

Result<Inode> FindAgain(const Directory& backing, const Item& item) {
  auto inode = backing.Find(item.name.c_str());
  if (inode && inode->stat().st_ino != item.stat.st_ino) {
    return Fail(ESTALE, item.name);
  }
  return inode;
}

Result<std::vector<Item>> TakeInventory(const Directory& backing) {
  std::vector<Item> items;
  TRY(backing.ForEach([&](const DirEntry& entry) -> Result<bool> {
    auto item = Describe(backing, std::string(entry.name));
    if (item) {
      items.push_back(*std::move(item));
    } else if (item.error().code != ENOENT) {  // ENOENT: gone, or of a kind that is not shown
      return std::unexpected(item.error());
    }
    return true;
  }));
  std::ranges::sort(items, {}, &Item::name);
  return items;
}

Result<TypeCounts> CountTypes(const Directory& backing, const Item& list) {
  const auto inode = TRY(FindAgain(backing, list));
  const auto file = TRY(inode.Open(O_RDONLY));
  TypeCounts counts = {};
  TRY(ScanTypes(file, list.shape, 0, list.shape.count,
                [&counts](std::uint64_t, const Result<Type>& type) {
                  ++counts[type ? static_cast<std::size_t>(*type) : counts.size() - 1];
                  return true;
                }));
  return counts;
}

}  // namespace shmount
