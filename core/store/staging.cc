// SPDX-License-Identifier: Apache-2.0
#include "core/store/staging.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/fsuid.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "core/backing/act_as.h"
#include "core/backing/block_name.h"
#include "core/backing/inode.h"
#include "core/backing/xattr_names.h"
#include "core/store/journal.h"

namespace shmount {
namespace {

uid_t ThreadUser() {
  return static_cast<uid_t>(setfsuid(static_cast<uid_t>(-1)));  // -1 changes nothing
}

std::string StagingName() { return std::string(kStagingPrefix) + std::to_string(ThreadUser()); }

Result<Directory> OpenOwn(const Directory& backing, const std::string& name) {
  auto directory = TRY(backing.OpenDirectory(name.c_str()));
  const auto st = TRY(directory.Stat());
  if (st.st_uid != ThreadUser() || (st.st_mode & 022) != 0) {
    return Fail(EACCES, name + " in the backing is not ours");
  }
  return directory;
}

// Whoever uses the directory has a shared lock on it, and has it alone to remove it.

// False where it is being removed, or was.
Result<bool> Use(const Directory& directory) {
  if (auto locked = directory.Lock(LOCK_SH | LOCK_NB); !locked) {
    return locked.error().code == EWOULDBLOCK ? Result<bool>(false)
                                              : std::unexpected(locked.error());
  }
  const auto st = TRY(directory.Stat());
  return Result<bool>(st.st_nlink > 0);
}

void RemoveUnused(const Directory& backing, const std::string& name, const Directory& directory) {
  if (!directory.Lock(LOCK_EX | LOCK_NB)) {
    return;
  }
  // Where it has no link, another of its name may be there by now.
  if (const auto st = directory.Stat(); st && st->st_nlink > 0) {
    (void)backing.RemoveDirectory(name.c_str());  // fails where a killed one has left something
  }
}

}  // namespace

Result<Staging> Staging::Open(const Directory& backing) {
  constexpr int kTries = 1000;
  std::string name = StagingName();
  // Whoever is the last to leave may remove the directory between any two of our calls: try again.
  for (int tries = 0; tries < kTries; ++tries) {
    if (const auto made = backing.MakeDirectory(name.c_str(), 0700);
        !made && made.error().code != EEXIST) {
      return std::unexpected(made.error());
    }
    auto directory = OpenOwn(backing, name);
    const auto used = directory ? Use(*directory) : std::unexpected(directory.error());
    if (used && *used) {
      return Staging(backing, std::move(name), *std::move(directory));
    }
    if (!used && used.error().code != ENOENT) {
      return std::unexpected(used.error());
    }
    std::this_thread::yield();
  }
  return Fail(EBUSY, name);
}

Staging::~Staging() {
  if (!name_.empty()) {
    RemoveUnused(backing_, name_, directory_);
  }
}

std::string Staging::NovelName() {
  static std::atomic<unsigned> counter{0};
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  return std::to_string(getpid()) + "." + std::to_string(now) + "." + std::to_string(counter++);
}

Result<Inode> MakeDraft(const Directory& backing, const char* name, mode_t mode, Managed* manager) {
  auto staging = TRY(Staging::Open(backing));
  const std::string novel = Staging::NovelName();
  const Directory& where = staging.directory();
  // Searchable and writable until it is marked; then as asked, which may be neither.
  TRY(where.MakeDirectory(novel.c_str(), 0700));
  auto inode = where.Find(novel.c_str());
  auto done = [&]() -> Status {
    if (!inode) {
      return std::unexpected(inode.error());
    }
    const auto draft = TRY(where.OpenDirectory(novel.c_str()));
    TRY(draft.Lock(LOCK_EX | LOCK_NB));
    TRY(draft.SetXattr(kDraftXattr, ""));
    TRY(manager == nullptr ? Status{} : manager->Take(*inode));
    TRY(draft.SetMode(mode & 07777));
    const auto give_name = [&] {
      return where.Rename(novel.c_str(), backing, name, RENAME_NOREPLACE);
    };
    auto named = give_name();
    if (named || named.error().code != EACCES || (mode & S_IWUSR) != 0) {
      return named;
    }
    // Who moves a directory has to be allowed to write to it, unless he is root.
    TRY(draft.SetMode((mode & 07777) | S_IWUSR));
    named = give_name();
    return named ? draft.SetMode(mode & 07777) : named;
  }();
  if (!done) {
    (void)where.RemoveDirectory(novel.c_str());
    return std::unexpected(done.error());
  }
  done = inode->Refresh();
  return done ? std::move(inode) : std::unexpected(done.error());
}

Status RemoveTree(const Directory& parent, const char* name) {
  const auto directory = TRY(parent.OpenDirectory(name));
  const auto names = TRY(directory.Names());
  for (const std::string& file : names) {
    TRY(directory.Unlink(file.c_str()));
  }
  return parent.RemoveDirectory(name);
}

void CleanStaging(const Directory& backing) {
  const std::string staging_name = StagingName();
  const auto staging = OpenOwn(backing, staging_name);
  if (!staging) {
    return;
  }
  const auto names = staging->Names();
  if (!names) {
    return;
  }
  for (const std::string& name : *names) {
    const auto inode = staging->Find(name.c_str());
    if (inode && inode->is_directory()) {
      const auto left = staging->OpenDirectory(name.c_str());
      if (left && left->Lock(LOCK_EX | LOCK_NB)) {
        (void)RemoveTree(*staging, name.c_str());
      }
    } else if (inode && inode->is_block()) {
      const auto left = inode->Open(O_RDONLY);
      if (left && left->Lock(LOCK_EX | LOCK_NB)) {
        if (!Note::IsName(name) || Note::Finish(backing, *left)) {
          (void)staging->Unlink(name.c_str());
        }
      }
    }
  }
  RemoveUnused(backing, staging_name, *staging);
}

void CleanEveryStaging(const Directory& backing) {
  // The second link is its own dot: without more there is no directory in it, and no need to read
  // what may be a million names.
  if (const auto st = backing.Stat(); st && st->st_nlink == 2) {
    return;
  }
  const auto names = backing.Names();
  for (const std::string& name : names.value_or(std::vector<std::string>())) {
    if (!name.starts_with(kStagingPrefix)) {
      continue;
    }
    // Whoever owns a directory of such a name: only one that bears his number is then cleaned.
    if (const auto found = backing.Find(name.c_str()); found && found->is_directory()) {
      const ActAs owner(true, {found->stat().st_uid, found->stat().st_gid, 0});
      CleanStaging(backing);
    }
  }
}

}  // namespace shmount
