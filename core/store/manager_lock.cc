// SPDX-License-Identifier: Apache-2.0
#include "core/store/manager_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "core/backing/inode.h"

namespace shmount {
namespace {

// An ID can have any characters; a file's name cannot have a slash, so it is escaped.
std::string LockName(const std::string& id) {
  std::string name = "manager-";
  for (const char c : id) {
    if (c == '/' || c == '%') {
      name += c == '/' ? "%s" : "%%";
    } else {
      name += c;
    }
  }
  return name + ".lock";
}

Status CheckId(const std::string& id) {
  if (id.empty()) {
    return Fail(EINVAL, "empty manager ID");
  }
  return id.size() > kMaxManagerId ? Fail(ENAMETOOLONG, id) : Status();
}

// ENOENT: there is no such lock.
Result<bool> IsLocked(const Directory& backing, const std::string& name, uid_t user) {
  const auto staging = TRY(FindStagingOf(backing, user));
  const auto inode = TRY(staging.Find(name.c_str()));
  const auto file = TRY(inode.Open(O_RDONLY));
  const auto locked = file.Lock(LOCK_SH | LOCK_NB);
  return locked || locked.error().code == EWOULDBLOCK ? Result<bool>(!locked)
                                                      : std::unexpected(locked.error());
}

}  // namespace

Status MayBeManaged(const Directory& backing) {
  const auto file_system = TRY(backing.GetFileSystem());
  if (file_system.IsMemory()) {
    return {};
  }
  return Fail(EOPNOTSUPP, "a manager would unlink what is created there, and it is on " +
                              file_system.Name() + ", not on a tmpfs or ramfs");
}

ManagerClaim::~ManagerClaim() {
  if (!name_.empty()) {
    (void)staging_.directory().Unlink(name_.c_str());
  }
}

Result<ManagerClaim> ClaimManager(const StagingArea& area, const std::string& id) {
  TRY(CheckId(id));
  auto staging = TRY(area.Open());
  std::string name = LockName(id);
  auto file = staging.Lock(name.c_str());
  if (!file) {
    return file.error().code == EBUSY ? Fail(EBUSY, id) : std::unexpected(file.error());
  }
  return ManagerClaim(std::move(staging), std::move(name), *std::move(file));
}

bool ManagerIsAlive(const Directory& backing, const std::string& id, uid_t owner) {
  if (!CheckId(id)) {
    return false;  // nobody can claim it
  }
  for (const uid_t user : {uid_t{0}, owner}) {
    const auto locked = IsLocked(backing, LockName(id), user);
    if (locked ? *locked : locked.error().code != ENOENT) {
      return true;
    }
  }
  return false;
}

}  // namespace shmount
