// SPDX-License-Identifier: Apache-2.0
#include "core/store/staging_area.h"

#include <fcntl.h>
#include <sys/fsuid.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <iterator>
#include <thread>
#include <utility>

#include "core/backing/block_name.h"
#include "core/backing/inode.h"

namespace shmount {
namespace {

uid_t ThreadUser() {
  return static_cast<uid_t>(setfsuid(static_cast<uid_t>(-1)));  // -1 changes nothing
}

std::string NameFor(uid_t owner) { return std::string(kStagingPrefix) + std::to_string(owner); }

// Somebody else may have put something by the name that is a user's own. Then theirs has a name
// that nobody can know before: this one, a dot, and a number.
std::string OtherPrefix(uid_t owner) { return NameFor(owner) + "."; }

// Whether a name in the backing is a directory of this user's that no other can write.
Result<bool> IsOwned(const Directory& backing, const std::string& name, uid_t owner) {
  const auto inode = backing.Find(name.c_str());
  if (!inode) {
    return inode.error().code == ENOENT ? Result<bool>(false) : std::unexpected(inode.error());
  }
  return IsOwnersAlone(inode->stat(), owner);
}

Result<std::string> OtherName(const Directory& backing, uid_t owner) {
  const std::string prefix = OtherPrefix(owner);
  for (const std::string& each : TRY(backing.Names())) {
    if (each.starts_with(prefix) && IsOwned(backing, each, owner).value_or(false) &&
        backing.OpenDirectory(each.c_str())) {
      return each;
    }
  }
  std::array<std::uint64_t, 1> number = {};
  if (getrandom(number.data(), sizeof number, 0) != sizeof number) {
    return FailErrno("getrandom");
  }
  return prefix + std::to_string(number.front());
}

// Whether the name leads to what is not its user's.
bool IsTaken(int code) { return code == EACCES || code == ENOTDIR || code == ELOOP; }

}  // namespace

Result<Staging> StagingArea::Open() const { return OpenFor(ThreadUser(), static_cast<gid_t>(-1)); }

Result<Staging> StagingArea::OpenFor(uid_t owner, gid_t group) const {
  if (auto kept = TRY(FindKept(owner))) {
    return *std::move(kept);
  }
  auto staging = TRY(OpenAnew(owner, group));
  Keep(staging);
  return staging;
}

// One that somebody has removed, replaced or opened to others meanwhile is not used any more.
Result<std::optional<Staging>> StagingArea::FindKept(uid_t owner) const {
  const std::lock_guard lock(mutex_);
  const auto it = std::ranges::find(kept_, owner, &Staging::owner);
  if (it == kept_.end()) {
    return std::nullopt;
  }
  if (!TRY(it->IsThere())) {
    kept_.erase(it);
    return std::nullopt;
  }
  if (owner != ThreadUser() && !it->directory().Access(R_OK | W_OK | X_OK)) {
    return std::nullopt;
  }
  kept_.splice(kept_.begin(), kept_, it);
  return kept_.front();
}

void StagingArea::Keep(const Staging& staging) const {
  const std::lock_guard lock(mutex_);
  if (most_ == 0 || std::ranges::find(kept_, staging.owner(), &Staging::owner) != kept_.end()) {
    return;
  }
  kept_.push_front(staging);
  for (auto it = std::prev(kept_.end()); kept_.size() > most_ && it != kept_.begin();) {
    const auto before = std::prev(it);
    if (it->IsLast()) {
      kept_.erase(it);
    }
    it = before;
  }
}

void StagingArea::DropKept() {
  const std::lock_guard lock(mutex_);
  kept_.remove_if([](const Staging& staging) { return staging.IsLast(); });
}

Result<Staging> StagingArea::OpenAnew(uid_t owner, gid_t group) const {
  constexpr int kTries = 1000;
  const uid_t user = ThreadUser();
  std::string name = NameFor(owner);
  // The last to leave may remove the directory between any two of our calls: try again.
  for (int tries = 0; tries < kTries; ++tries) {
    auto staging = Staging::OpenNamed(backing_, name, owner);
    if (!staging && IsTaken(staging.error().code)) {
      if (owner != user && user != 0) {
        return Open();
      }
      name = TRY(OtherName(backing_, owner));
      continue;
    }
    if (staging || staging.error().code != ENOENT) {
      return staging;
    }
    if (const auto made = MakeFor(name, owner, group); !made) {
      if (made.error().code == EPERM && owner != user) {
        return Open();
      }
      if (made.error().code != EEXIST) {
        return std::unexpected(made.error());
      }
    }
    std::this_thread::yield();
  }
  return Fail(EBUSY, name);
}

// With its owner from the first instant on, so that nobody takes it for a stranger's.
Status StagingArea::MakeFor(const std::string& name, uid_t owner, gid_t group) const {
  if (owner == ThreadUser()) {
    return backing_.MakeDirectory(name.c_str(), 0700);
  }
  const auto own = TRY(Open());
  const std::string novel = Staging::NovelName();
  TRY(own.directory().MakeDirectory(novel.c_str(), 0700));
  auto done = [&]() -> Status {
    const auto inode = TRY(own.directory().Find(novel.c_str()));
    TRY(inode.SetOwner(owner, group));
    return own.directory().Rename(novel.c_str(), backing_, name.c_str(), RENAME_NOREPLACE);
  }();
  if (!done) {
    (void)own.directory().RemoveDirectory(novel.c_str());
  }
  return done;
}

bool IsStagingName(std::string_view name, uid_t owner) {
  return name == NameFor(owner) || name.starts_with(OtherPrefix(owner));
}

Result<Staging> OpenOwnStaging(const Directory& backing, const std::string& name) {
  const uid_t user = ThreadUser();
  return IsStagingName(name, user) ? Staging::OpenNamed(backing, name, user) : Fail(ENOENT, name);
}

Result<Directory> FindStagingOf(const Directory& backing, uid_t owner) {
  const std::string name = NameFor(owner);
  if (TRY(IsOwned(backing, name, owner))) {
    return backing.OpenDirectory(name.c_str());
  }
  for (const std::string& each : TRY(backing.Names())) {
    if (each.starts_with(OtherPrefix(owner)) && TRY(IsOwned(backing, each, owner))) {
      return backing.OpenDirectory(each.c_str());
    }
  }
  return Fail(ENOENT, name);
}

}  // namespace shmount
