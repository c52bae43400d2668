// SPDX-License-Identifier: Apache-2.0
#include "core/store/staging.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/fsuid.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <thread>

#include "core/backing/block_name.h"
#include "core/backing/inode.h"

namespace shmount {
namespace {

constexpr const char* kSwapLock = "lock";

uid_t ThreadUser() {
  return static_cast<uid_t>(setfsuid(static_cast<uid_t>(-1)));  // -1 changes nothing
}

std::string NameFor(uid_t owner) { return std::string(kStagingPrefix) + std::to_string(owner); }

Result<Directory> OpenOwned(const Directory& backing, const std::string& name, uid_t owner) {
  auto directory = TRY(backing.OpenDirectory(name.c_str()));
  const auto st = TRY(directory.Stat());
  if (st.st_uid != owner || (st.st_mode & 022) != 0) {
    return Fail(EACCES, name + " in the backing is another user's, or others can write it");
  }
  return directory;
}

// Somebody else may have put something by the name that is a user's own. Then theirs has a name
// that nobody can know before: this one, a dot, and a number.
Result<std::string> OtherName(const Directory& backing, const std::string& name, uid_t owner) {
  const std::string prefix = name + ".";
  for (const std::string& each : TRY(backing.Names())) {
    if (each.starts_with(prefix) && OpenOwned(backing, each, owner)) {
      return each;
    }
  }
  std::array<std::uint64_t, 1> number = {};
  if (getrandom(number.data(), sizeof number, 0) != sizeof number) {
    return FailErrno("getrandom");
  }
  return prefix + std::to_string(number.front());
}

// Whether a name in the backing is a directory of this user's that no other can write.
Result<bool> IsOwned(const Directory& backing, const std::string& name, uid_t owner) {
  const auto inode = backing.Find(name.c_str());
  if (!inode) {
    return inode.error().code == ENOENT ? Result<bool>(false) : std::unexpected(inode.error());
  }
  const struct stat& st = inode->stat();
  return inode->is_directory() && st.st_uid == owner && (st.st_mode & 022) == 0;
}

// Whether the name leads to what is not its user's.
bool IsTaken(int code) { return code == EACCES || code == ENOTDIR || code == ELOOP; }

// Everyone who uses the directory has a shared lock on it. It is removed under an exclusive one.

// False where it is being removed, or was.
Result<bool> Use(const Directory& directory) {
  if (auto locked = directory.Lock(LOCK_SH | LOCK_NB); !locked) {
    return locked.error().code == EWOULDBLOCK ? Result<bool>(false)
                                              : std::unexpected(locked.error());
  }
  const auto st = TRY(directory.Stat());
  return st.st_nlink > 0;
}

void RemoveUnused(const Directory& backing, const std::string& name, const Directory& directory) {
  if (!directory.Lock(LOCK_EX | LOCK_NB)) {
    return;
  }
  // Where it has no link, another of its name may be there by now.
  if (const auto st = directory.Stat(); st && st->st_nlink > 0) {
    (void)directory.Unlink(kSwapLock);
    (void)backing.RemoveDirectory(name.c_str());  // fails where a killed process has left something
  }
}

Result<BlockFile> OpenLockFile(const Directory& directory, const char* name) {
  constexpr int kTries = 100;
  for (int tries = 0; tries < kTries; ++tries) {
    const auto inode = directory.Find(name);
    if (inode) {
      return inode->Open(O_RDWR);
    }
    if (inode.error().code != ENOENT) {
      return std::unexpected(inode.error());
    }
    auto made = directory.Create(name, 0600);
    if (made || made.error().code != EEXIST) {
      return made;
    }
  }
  return Fail(EBUSY, "the staging directory's lock");
}

}  // namespace

Result<Staging> Staging::OpenNamed(const Directory& backing, const std::string& name, uid_t owner) {
  auto directory = TRY(OpenOwned(backing, name, owner));
  if (!TRY(Use(directory))) {
    return Fail(ENOENT, name);
  }
  return Staging(backing, name, std::move(directory));
}

// With its owner from the first instant on, so that nobody takes it for a stranger's.
Status Staging::MakeFor(const Directory& backing, const std::string& name, uid_t owner,
                        gid_t group) {
  if (owner == ThreadUser()) {
    return backing.MakeDirectory(name.c_str(), 0700);
  }
  const auto own = TRY(Open(backing));
  const std::string novel = NovelName();
  TRY(own.directory().MakeDirectory(novel.c_str(), 0700));
  auto done = [&]() -> Status {
    const auto inode = TRY(own.directory().Find(novel.c_str()));
    TRY(inode.SetOwner(owner, group));
    return own.directory().Rename(novel.c_str(), backing, name.c_str(), RENAME_NOREPLACE);
  }();
  if (!done) {
    (void)own.directory().RemoveDirectory(novel.c_str());
  }
  return done;
}

Result<Staging> Staging::Open(const Directory& backing) {
  return OpenFor(backing, ThreadUser(), static_cast<gid_t>(-1));
}

Result<Staging> Staging::OpenFor(const Directory& backing, uid_t owner, gid_t group) {
  constexpr int kTries = 1000;
  std::string name = NameFor(owner);
  // The last to leave may remove the directory between any two of our calls: try again.
  for (int tries = 0; tries < kTries; ++tries) {
    auto staging = OpenNamed(backing, name, owner);
    if (!staging && IsTaken(staging.error().code)) {
      if (owner != ThreadUser() && ThreadUser() != 0) {
        return Open(backing);
      }
      name = TRY(OtherName(backing, NameFor(owner), owner));
      continue;
    }
    if (staging || staging.error().code != ENOENT) {
      return staging;
    }
    if (const auto made = MakeFor(backing, name, owner, group); !made) {
      if (made.error().code == EPERM && owner != ThreadUser()) {
        return Open(backing);
      }
      if (made.error().code != EEXIST) {
        return std::unexpected(made.error());
      }
    }
    std::this_thread::yield();
  }
  return Fail(EBUSY, name);
}

Result<Staging> OpenStagingIfThere(const Directory& backing) {
  const uid_t user = ThreadUser();
  auto staging = Staging::OpenNamed(backing, NameFor(user), user);
  if (staging || !IsTaken(staging.error().code)) {
    return staging;
  }
  return Staging::OpenNamed(backing, TRY(OtherName(backing, NameFor(user), user)), user);
}

Result<Directory> FindStagingOf(const Directory& backing, uid_t owner) {
  const std::string name = NameFor(owner);
  if (TRY(IsOwned(backing, name, owner))) {
    return backing.OpenDirectory(name.c_str());
  }
  for (const std::string& each : TRY(backing.Names())) {
    if (each.starts_with(name + ".") && TRY(IsOwned(backing, each, owner))) {
      return backing.OpenDirectory(each.c_str());
    }
  }
  return Fail(ENOENT, name);
}

Staging::~Staging() {
  if (!name_.empty()) {
    // Through TRY the analyzer loses what backing_ refers to.
    // NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage)
    RemoveUnused(backing_, name_, directory_);
  }
}

std::string Staging::NovelName() {
  static std::atomic<unsigned> counter{0};
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  return std::to_string(getpid()) + "." + std::to_string(now) + "." + std::to_string(counter++);
}

Result<BlockFile> Staging::Lock(const char* name) const {
  constexpr int kTries = 50;
  constexpr std::chrono::milliseconds kWait(1);
  for (int tries = 0; tries < kTries; ++tries) {
    auto file = TRY(OpenLockFile(directory_, name));
    const auto locked = file.Lock(LOCK_EX | LOCK_NB);
    if (!locked && locked.error().code != EWOULDBLOCK) {
      return std::unexpected(locked.error());
    }
    const auto st = TRY(file.Stat());
    if (locked && st.st_nlink > 0) {  // else whoever had it has removed it
      return file;
    }
    std::this_thread::sleep_for(kWait);
  }
  return Fail(EBUSY, name);
}

Result<BlockFile> Staging::LockSwaps() const { return Lock(kSwapLock); }

Status RemoveTree(const Directory& parent, const char* name) {
  const auto directory = TRY(parent.OpenDirectory(name));
  const auto names = TRY(directory.Names());
  for (const std::string& file : names) {
    TRY(directory.Unlink(file.c_str()));
  }
  return parent.RemoveDirectory(name);
}

}  // namespace shmount
