// SPDX-License-Identifier: Apache-2.0
#include "core/lifetime/prune.h"

#include <fcntl.h>

#include <chrono>
#include <thread>

#include "core/backing/block_file.h"
#include "core/backing/directory.h"
#include "core/backing/inode.h"
#include "core/backing/xattr_names.h"
#include "core/store/manager_lock.h"
#include "core/store/staging_area.h"
#include "core/store/swap.h"

namespace shmount {
namespace {

Result<bool> HasLiveManager(const Directory& backing, const Inode& block) {
  if (!TRY(block.HasXattr(kManagerXattr))) {
    return false;
  }
  const auto manager = TRY(block.GetXattr(kManagerXattr));
  return ManagerIsAlive(backing, manager, block.stat().st_uid);
}

/// Takes a lease, and retries for a short time: a daemon that shows the block opens it for an
/// instant, which does not count as use.
Status LeaseInTime(const BlockFile& file) {
  constexpr int kTries = 5;
  constexpr std::chrono::milliseconds kWait(2);
  auto leased = file.TakeLease();
  for (int i = 1; i < kTries && !leased && leased.error().code == EAGAIN; ++i) {
    std::this_thread::sleep_for(kWait);
    leased = file.TakeLease();
  }
  return leased;
}

}  // namespace

Result<Fate> FateOf(const Directory& backing, const HolderTable& table, const Item& item) {
  const auto block = TRY(FindAgain(backing, item));
  if (!block.is_block()) {
    return Fate::kUnknown;
  }
  if (TRY(HasLiveManager(backing, block))) {
    return Fate::kManaged;
  }
  switch (UseOf(table, block)) {
    case Use::kOrphan:
      return Fate::kOrphan;
    case Use::kUnknown:
      return Fate::kUnknown;
    default:
      return Fate::kHeld;
  }
}

Status UnlinkOrphan(const Directory& backing, const Item& item) {
  const auto block = TRY(FindAgain(backing, item));
  const auto file = TRY(block.Open(O_RDONLY));
  // The lease lasts until the file is closed, after the name is removed.
  if (const auto leased = LeaseInTime(file); !leased) {
    if (leased.error().code != EINVAL) {
      return leased.error().code == EAGAIN ? Fail(EBUSY, item.name) : leased;
    }
    const auto table = HolderTable::Scan(backing, {item.stat.st_ino});
    if (!table || !table->complete() || !table->Of(item.stat.st_ino).empty()) {
      return Fail(EBUSY, item.name);
    }
  }
  if (const auto managed = HasLiveManager(backing, block); !managed || *managed) {
    return managed ? Fail(EBUSY, item.name) : std::unexpected(managed.error());
  }
  return RemoveMeant(StagingArea(backing), item.name, item.stat, Contents::kKept);
}

}  // namespace shmount
