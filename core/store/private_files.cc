// SPDX-License-Identifier: Apache-2.0
#include "core/store/private_files.h"

#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace shmount {
namespace {

// In how many lists one user can have private files at a time. Each takes descriptors.
constexpr std::ptrdiff_t kMostLists = 256;

bool IsGone(const Status& removed) { return removed || removed.error().code == ENOENT; }

}  // namespace

PrivateFiles::~PrivateFiles() {
  for (const Kept& kept : kept_) {
    (void)kept.Remove();
  }
}

// Removes the files in the directory that was made here; another directory may have its name now.
Status PrivateFiles::Kept::Remove() const {
  const auto names = TRY(directory.Names());
  for (const std::string& file : names) {
    TRY(directory.Unlink(file.c_str()));
  }
  return staging.directory().RemoveDirectory(name.c_str());
}

PrivateFiles::Kept* PrivateFiles::FindKept(std::uint64_t list, uid_t user) {
  for (Kept& kept : kept_) {
    if (kept.list == list && kept.user == user) {
      return &kept;
    }
  }
  return nullptr;
}

Result<Directory> PrivateFiles::Find(std::uint64_t list, const std::string& name, uid_t user) {
  const std::lock_guard lock(mutex_);
  Kept* kept = FindKept(list, user);
  if (kept == nullptr) {
    return Fail(ENOENT, "no private file in the list");
  }
  kept->list_name = name;
  return kept->directory.OpenDirectory(".");
}

Result<Directory> PrivateFiles::Make(std::uint64_t list, const std::string& name, uid_t user) {
  if (auto found = Find(list, name, user); found || found.error().code != ENOENT) {
    return found;
  }
  {
    const std::lock_guard lock(mutex_);
    const auto lists =
        std::ranges::count_if(kept_, [user](const Kept& kept) { return kept.user == user; });
    if (lists >= kMostLists) {
      return Fail(EMFILE, "private files in too many lists");
    }
  }
  auto staging = TRY(area_.Open());
  const Directory& where = staging.directory();
  const std::string novel = Staging::NovelName();
  TRY(where.MakeDirectory(novel.c_str(), 0700));
  auto made = where.OpenDirectory(novel.c_str());
  const auto locked = made ? made->Lock(LOCK_EX | LOCK_NB) : std::unexpected(made.error());
  const auto st = locked ? made->Stat() : std::unexpected(locked.error());
  auto again = st ? made->OpenDirectory(".") : std::unexpected(st.error());
  if (!again) {
    (void)where.RemoveDirectory(novel.c_str());
    return again;
  }
  const std::lock_guard lock(mutex_);
  kept_.push_back({list, name, user, std::move(staging), novel, *std::move(made), st->st_ino});
  return again;
}

Result<Directory> PrivateFiles::Open(std::uint64_t ino) const {
  const std::lock_guard lock(mutex_);
  for (const Kept& kept : kept_) {
    if (kept.ino == ino) {
      return kept.directory.OpenDirectory(".");
    }
  }
  return Fail(ENOENT, "no directory of private files");
}

bool PrivateFiles::Has(std::uint64_t ino) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(kept_, [ino](const Kept& kept) { return kept.ino == ino; });
}

void PrivateFiles::DropEmpty(std::uint64_t list, uid_t user) {
  const std::lock_guard lock(mutex_);
  std::erase_if(kept_, [&](const Kept& kept) {
    return kept.list == list && kept.user == user &&
           IsGone(kept.staging.directory().RemoveDirectory(kept.name.c_str()));
  });
}

void PrivateFiles::DropList(std::uint64_t list) {
  const std::lock_guard lock(mutex_);
  std::erase_if(kept_,
                [&](const Kept& kept) { return kept.list == list && IsGone(kept.Remove()); });
}

void PrivateFiles::NameGone(const std::string& name) {
  const std::lock_guard lock(mutex_);
  std::erase_if(kept_, [&](Kept& kept) {
    if (kept.list_name != name) {
      return false;
    }
    const auto now = area_.backing().StatOf(name.c_str());
    if (now && now->st_ino == kept.list) {
      return false;
    }
    const auto renamed = area_.backing().NameOf(kept.list);
    if (renamed) {
      kept.list_name = *renamed;
    }
    return !renamed && renamed.error().code == ENOENT && IsGone(kept.Remove());
  });
}

}  // namespace shmount
