// SPDX-License-Identifier: Apache-2.0
#include "core/store/draft.h"

#include <sys/file.h>

#include <cstdio>

#include "core/backing/xattr_names.h"
#include "core/store/swap.h"

namespace shmount {
namespace {

// The value of user.shmount.draft on a stand-in; on any other draft it is empty.
constexpr std::string_view kSealing = "sealing";

// In a stand-in, so that nobody can remove it as an empty directory.
constexpr const char* kFiller = ".sealing";

Status Prepare(const Directory& draft, const Inode& inode, Managed* manager) {
  TRY(draft.Lock(LOCK_EX | LOCK_NB));
  TRY(draft.SetXattr(kDraftXattr, ""));
  return manager == nullptr ? Status{} : manager->Take(inode);
}

}  // namespace

Result<Inode> MakeDraft(const Directory& backing, const char* name, mode_t mode, Managed* manager) {
  const auto staging = TRY(Staging::Open(backing));
  const std::string novel = Staging::NovelName();
  const Directory& where = staging.directory();
  // Searchable and writable until it has its xattr; then as asked, which may be neither.
  TRY(where.MakeDirectory(novel.c_str(), 0700));
  auto made = [&]() -> Result<Inode> {
    auto inode = TRY(where.Find(novel.c_str()));
    const auto draft = TRY(where.OpenDirectory(novel.c_str()));
    TRY(Prepare(draft, inode, manager));
    TRY(draft.SetMode(mode & 07777));
    const auto give_name = [&] {
      return where.Rename(novel.c_str(), backing, name, RENAME_NOREPLACE);
    };
    auto named = give_name();
    if (!named && named.error().code == EACCES && (mode & S_IWUSR) == 0) {
      // Anyone but root who moves a directory has to be allowed to write to it.
      TRY(draft.SetMode((mode & 07777) | S_IWUSR));
      TRY(give_name());
      named = draft.SetMode(mode & 07777);
    }
    TRY(named);
    TRY(inode.Refresh());
    return inode;
  }();
  if (!made) {
    (void)where.RemoveDirectory(novel.c_str());
  }
  return made;
}

Result<bool> IsStandIn(const Inode& draft) {
  const auto value = draft.GetXattr(kDraftXattr);
  if (!value && value.error().code != ENODATA && value.error().code != EACCES) {
    return std::unexpected(value.error());
  }
  return value && *value == kSealing;
}

Status RefuseStandIn(const Inode& draft) {
  return TRY(IsStandIn(draft)) ? Fail(EBUSY, "the draft is being sealed") : Status{};
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
