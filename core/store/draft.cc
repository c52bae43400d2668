// SPDX-License-Identifier: Apache-2.0
#include "core/store/draft.h"

#include <sys/file.h>

#include <cstdio>

#include "core/backing/xattr_names.h"
#include "core/store/swap.h"

namespace shmount {
namespace {

// The values of user.shmount.draft on a stand-in and on a read-only draft. On other drafts it is
// empty.
constexpr std::string_view kSealing = "sealing";
constexpr std::string_view kReadOnly = "read-only";

// A file in each stand-in, so that nobody can remove it as an empty directory.
constexpr const char* kFiller = ".sealing";

}  // namespace

Status MarkDraft(const Directory& directory, const Inode& inode, mode_t mode, bool read_only) {
  TRY(directory.Lock(LOCK_EX | LOCK_NB));
  TRY(directory.SetXattr(kDraftXattr, read_only ? kReadOnly : ""));
  return inode.SetMode(mode & 07777);
}

Result<Inode> MakeDraft(const StagingArea& area, const char* name, mode_t mode, Managed* manager) {
  const auto staging = TRY(area.Open());
  const std::string novel = Staging::NovelName();
  const Directory& where = staging.directory();
  // Setting the xattr takes the right to search and write, which `mode` may not give: set it
  // afterwards.
  TRY(where.MakeDirectory(novel.c_str(), 0700));
  auto made = [&]() -> Result<Inode> {
    auto inode = TRY(where.Find(novel.c_str()));
    const auto draft = TRY(where.OpenDirectory(novel.c_str()));
    TRY(manager == nullptr ? Status{} : manager->Take(inode));
    TRY(MarkDraft(draft, inode, mode, false));
    TRY(inode.Refresh());
    TRY(RenameWritable({&inode}, {where, novel, area.backing(), name, RENAME_NOREPLACE}));
    return inode;
  }();
  if (!made) {
    (void)where.RemoveDirectory(novel.c_str());
  }
  return made;
}

Result<DraftKind> KindOfDraft(const Inode& draft) {
  const auto value = draft.GetXattr(kDraftXattr);
  if (!value && value.error().code != ENODATA && value.error().code != EACCES) {
    return std::unexpected(value.error());
  }
  if (!value || (*value != kSealing && *value != kReadOnly)) {
    return DraftKind::kOpen;
  }
  return *value == kSealing ? DraftKind::kStandIn : DraftKind::kReadOnly;
}

Status OpenReadOnly(const Inode& draft) { return draft.SetXattr(kDraftXattr, "", 0); }

Status RefuseStandIn(const Inode& draft) {
  return TRY(KindOfDraft(draft)) == DraftKind::kStandIn ? Fail(EBUSY, "the draft is being sealed")
                                                        : Status{};
}

Result<StandIn> MakeStandIn(const Staging& staging, const struct stat& draft) {
  const Directory& where = staging.directory();
  std::string staged = Staging::NovelName();
  TRY(where.MakeDirectory(staged.c_str(), 0700));
  auto made = [&]() -> Result<StandIn> {
    auto directory = TRY(where.OpenDirectory(staged.c_str()));
    TRY(directory.Lock(LOCK_EX | LOCK_NB));
    TRY(directory.SetXattr(kDraftXattr, kSealing));
    TRY(directory.Create(kFiller, 0600));
    auto st = TRY(directory.Stat());
    if (st.st_uid != draft.st_uid || st.st_gid != draft.st_gid) {
      const auto inode = TRY(where.Find(staged.c_str()));
      TRY(inode.SetOwner(draft.st_uid, draft.st_gid));
      st = TRY(directory.Stat());
    }
    const std::string name =
        SwapName{.made = st.st_ino, .meant = draft.st_ino, .end = SwapEnd::kReturned}.Format();
    TRY(where.Rename(staged.c_str(), where, name.c_str(), RENAME_NOREPLACE));
    return StandIn{std::move(directory), name, st};
  }();
  if (!made) {
    (void)RemoveTree(where, staged.c_str());
  }
  return made;
}

Status RemoveStandIn(const Directory& staging, const std::string& staged, const Directory& backing,
                     const std::string& name) {
  const auto directory = TRY(staging.OpenDirectory(staged.c_str()));
  if (const auto gone = directory.Unlink(kFiller); !gone && gone.error().code != ENOENT) {
    return gone;
  }
  const auto removed = staging.RemoveDirectory(staged.c_str());
  if (removed || removed.error().code != ENOTEMPTY) {
    return removed;
  }
  TRY(directory.SetXattr(kDraftXattr, ""));
  return GiveBack(staging, staged, backing, name);
}

}  // namespace shmount
