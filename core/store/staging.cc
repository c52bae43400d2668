// SPDX-License-Identifier: Apache-2.0
#include "core/store/staging.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <thread>

#include "core/backing/inode.h"

namespace shmount {
namespace {

constexpr const char* kSwapLock = "lock";

// Everyone who uses the directory has a shared lock on it. It is removed under an exclusive one.

// False where it is being removed, or was.
Result<bool> TakePart(const Directory& directory) {
  if (auto locked = directory.Lock(LOCK_SH | LOCK_NB); !locked) {
    return locked.error().code == EWOULDBLOCK ? Result<bool>(false)
                                              : std::unexpected(locked.error());
  }
  const auto st = TRY(directory.Stat());
  return st.st_nlink > 0;
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

bool IsOwnersAlone(const struct stat& st, uid_t owner) {
  return S_ISDIR(st.st_mode) && st.st_uid == owner && (st.st_mode & 022) == 0;
}

Result<Staging> Staging::OpenNamed(const Directory& backing, const std::string& name, uid_t owner) {
  auto directory = TRY(backing.OpenDirectory(name.c_str()));
  const auto st = TRY(directory.Stat());
  if (!IsOwnersAlone(st, owner)) {
    return Fail(EACCES, name + " in the backing is another user's, or others can write it");
  }
  if (!TRY(TakePart(directory))) {
    return Fail(ENOENT, name);
  }
  return Staging(
      std::make_shared<const Use>(backing, name, owner, std::move(directory), KeyOf(st)));
}

Staging::Use::~Use() {
  if (!directory.Lock(LOCK_EX | LOCK_NB)) {
    return;
  }
  // Another may have its name by now, where it was removed or renamed.
  if (const auto there = backing.StatOf(name.c_str()); there && KeyOf(*there) == key) {
    (void)directory.Unlink(kSwapLock);
    (void)backing.RemoveDirectory(name.c_str());  // fails where a killed process has left something
  }
}

Result<bool> Staging::IsThere() const {
  const auto there = use_->backing.StatOf(use_->name.c_str());
  if (!there) {
    return there.error().code == ENOENT ? Result<bool>(false) : std::unexpected(there.error());
  }
  return KeyOf(*there) == use_->key && IsOwnersAlone(*there, use_->owner);
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
    auto file = TRY(OpenLockFile(directory(), name));
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
