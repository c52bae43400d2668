// SPDX-License-Identifier: Apache-2.0
#include "core/store/thaw.h"

#include <sys/file.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "core/backing/classify.h"
#include "core/backing/xattr_names.h"
#include "core/list/build.h"
#include "core/list/layout.h"
#include "core/list/read.h"
#include "core/list/run_reader.h"
#include "core/list/slot.h"
#include "core/store/draft.h"
#include "core/store/list_time.h"
#include "core/store/staging.h"
#include "core/store/staging_area.h"
#include "core/store/swap.h"
#include "core/value/element_name.h"
#include "core/value/text_format.h"
#include "core/value/text_parse.h"

namespace shmount {
namespace {

// A list to thaw. A lease on its block keeps others from writing it.
struct Frozen {
  const Inode& block;
  const BlockFile& file;
  ListShape shape;
  const ThawTo& to;
};

Status SetOwnerAndTimes(const Inode& inode, const struct stat& block) {
  if (inode.stat().st_uid != block.st_uid || inode.stat().st_gid != block.st_gid) {
    TRY(inode.SetOwner(block.st_uid, block.st_gid));
  }
  const struct timespec times[2] = {block.st_atim, block.st_mtim};
  return inode.SetTimes(times);
}

// The text of a draft's file. Fails for a value that sealing would refuse: it must stay in its
// list.
Result<std::string> DraftText(const Value& value) {
  std::string text = FormatText(value);
  const auto parsed = ParseDraftText(TypeOf(value), text);
  return parsed ? Result<std::string>(std::move(text)) : std::unexpected(parsed.error());
}

Status MakeFile(const Directory& draft, const std::string& name, const Value& value,
                std::uint64_t slot_size, const struct stat& block) {
  const std::string text = TRY(DraftText(value));
  auto file = TRY(draft.Create(name.c_str(), block.st_mode & 0666));
  for (std::size_t at = 0; at < text.size();) {
    at += TRY(file.Write(at, std::as_bytes(std::span(text).subspan(at))));
  }
  if (slot_size > SlotSizeOf(value)) {
    TRY(file.SetXattr(kSlotXattr, std::to_string(slot_size), 0));
  }
  const auto inode = TRY(Inode::Of(file));
  return SetOwnerAndTimes(inode, block);
}

Status MakeFiles(const Directory& draft, const Frozen& list) {
  constexpr std::uint64_t kAtOnce = 4096;
  const int width = IndexWidth(list.shape.count);
  SlotWalker walker(list.file, list.shape, 0);
  std::vector<Slot> slots;
  Patience patience;
  for (std::uint64_t first = 0; first < list.shape.count; first += slots.size()) {
    TRY(walker.Next(std::min(kAtOnce, list.shape.count - first), slots));
    for (std::uint64_t i = 0; i < slots.size(); ++i) {
      if (slots[i].size == 0) {
        return DamagedElement(first + i);
      }
      const auto value = TRY(ReadElementIn(list.file, list.shape, first + i, slots[i], patience));
      const std::string name = FormatElementName(first + i, width, TypeOf(value));
      TRY(MakeFile(draft, name, value, slots[i].size, list.block.stat()));
    }
  }
  return {};
}

Status CopyManager(const Frozen& list, const Inode& draft) {
  if (list.to.manager != nullptr && TRY(list.to.manager->ClaimOn(list.block)) == Claim::kOurs) {
    return list.to.manager->Take(draft);
  }
  if (const auto manager = list.block.GetXattr(kManagerXattr)) {
    TRY(draft.SetXattr(kManagerXattr, *manager, 0));
  }
  if (const auto manager = list.block.GetXattr(kTrustedManagerXattr)) {
    (void)draft.SetXattr(kTrustedManagerXattr, *manager,
                         0);  // may fail; readers need CAP_SYS_ADMIN too
  }
  return {};
}

// A draft that was made in the staging directory and has a SwapName there.
struct StagedDraft {
  Thawed draft;  // locked, to tell it from what a killed process left
  std::string staged;
};

Result<StagedDraft> MakeDraftOf(const Staging& staging, const Frozen& list) {
  const Directory& where = staging.directory();
  std::string novel = Staging::NovelName();
  TRY(where.MakeDirectory(novel.c_str(), 0700));
  auto inode = where.Find(novel.c_str());
  auto made = [&]() -> Result<StagedDraft> {
    TRY(inode ? Status{} : std::unexpected(inode.error()));
    auto draft = TRY(where.OpenDirectory(novel.c_str()));
    TRY(draft.Lock(LOCK_EX | LOCK_NB));
    TRY(MakeFiles(draft, list));
    std::optional<BlockFile> file;
    if (!list.to.file.empty()) {
      file = TRY(draft.Create(list.to.file.c_str(), list.to.file_mode));
    }
    TRY(CopyManager(list, *inode));
    TRY(MarkDraft(draft, *inode, list.to.mode, !list.to.file.empty()));
    struct stat as = list.block.stat();
    as.st_mtim = ReadListTime(list.block, as);
    TRY(SetOwnerAndTimes(*inode, as));
    TRY(list.to.change ? list.to.change(*inode) : Status{});
    const std::string staged =
        SwapName{.made = inode->stat().st_ino, .meant = list.block.stat().st_ino}.Format();
    TRY(where.Rename(novel.c_str(), where, staged.c_str(), RENAME_NOREPLACE));
    TRY(inode->Refresh());
    return StagedDraft{{std::move(draft), *std::move(inode), std::move(file)}, staged};
  }();
  if (!made) {
    if (inode) {
      (void)inode->SetMode(0700);
    }
    (void)RemoveTree(where, novel.c_str());
  }
  return made;
}

// Moves `staged` back to the name that `made` has now, or to the next free name.
void PutBack(const Staging& staging, const std::string& staged, const Directory& backing,
             const std::string& name, const struct stat& made) {
  if (!Exchange(staging, staged, backing, name, made)) {
    (void)GiveBack(staging.directory(), staged, backing, name);
  }
}

Result<Thawed> ThawLeased(const StagingArea& area, const char* name, const Frozen& list) {
  const Directory& backing = area.backing();
  const struct stat& block = list.block.stat();
  const auto staging = TRY(area.OpenFor(block.st_uid, block.st_gid));
  const Directory& where = staging.directory();
  auto made = TRY(MakeDraftOf(staging, list));
  const auto swapped = list.file.HasLease() ? Exchange(staging, made.staged, backing, name, block)
                                            : Status(Fail(EBUSY, "another process opens the list"));
  // Anyone who opened the list by its name meanwhile waits for the lease to end, and would then
  // write to a removed block. So a broken lease means EBUSY.
  const bool taken = swapped && !list.file.HasLease();
  if (taken) {
    PutBack(staging, made.staged, backing, name, made.draft.inode.stat());
  }
  if (!swapped || taken) {
    (void)made.draft.directory.SetMode(0700);
    (void)RemoveTree(where, made.staged.c_str());
    return swapped ? Fail(EBUSY, "another process opened the list")
                   : std::unexpected(swapped.error());
  }
  (void)where.Unlink(made.staged.c_str());  // what cannot be removed now is left to recovery
  return std::move(made.draft);
}

}  // namespace

Result<Thawed> ThawList(const StagingArea& area, const char* name, const Inode& block,
                        const BlockFile& file, const ThawTo& to) {
  // A process that only reads a block, as another daemon does after each event, has it open for a
  // shorter time than all these tries take.
  constexpr int kTries = 20;
  constexpr std::chrono::milliseconds kWait(1);
  for (int tries = 1;; ++tries) {
    auto thawed = [&]() -> Result<Thawed> {
      const auto leased = file.TakeLease();
      if (!leased) {
        const int code = leased.error().code;
        return code == EAGAIN ? Fail(EBUSY, "another process uses it")
                              : Fail(code == EINVAL ? ENOTSUP : code, "lease");
      }
      const auto shape = TRY(ShapeOf(file, block));
      return ThawLeased(area, name, {block, file, shape, to});
    }();
    (void)file.DropLease();
    if (thawed || thawed.error().code != EBUSY || tries == kTries) {
      return thawed;
    }
    std::this_thread::sleep_for(kWait);
  }
}

}  // namespace shmount
