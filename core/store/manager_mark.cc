// SPDX-License-Identifier: Apache-2.0
#include "core/store/manager_mark.h"

#include <unistd.h>

#include <cstdint>
#include <cstdio>

#include "core/backing/inode.h"
#include "core/backing/xattr_names.h"
#include "core/store/staging.h"

namespace shmount {
namespace {

// Taken out of sight first: what is then removed is what was looked at, though its name were
// reused in between.
Status Remove(const Directory& backing, const std::string& name, std::uint64_t ino) {
  const auto staging = TRY(Staging::Open(backing));
  const Directory& where = staging.directory();
  const std::string novel = Staging::NovelName();
  if (const auto moved = backing.Rename(name.c_str(), where, novel.c_str(), RENAME_NOREPLACE);
      !moved) {
    return moved.error().code == ENOENT ? Status{} : moved;
  }
  const auto inode = where.Find(novel.c_str());
  if (!inode || inode->stat().st_ino != ino) {
    const auto back = where.Rename(novel.c_str(), backing, name.c_str(), RENAME_NOREPLACE);
    return inode ? back : std::unexpected(inode.error());
  }
  return inode->is_directory() ? RemoveTree(where, novel.c_str()) : where.Unlink(novel.c_str());
}

// The attribute, or nothing where there is none or it is not for us.
Result<std::string> Mark(const Inode& inode, const char* name) {
  auto mark = inode.GetXattr(name);
  if (mark) {
    return mark;
  }
  const int code = mark.error().code;
  const bool none = code == ENODATA || code == ENOTSUP || code == EACCES || code == EPERM;
  return none ? Result<std::string>("") : mark;
}

// Whether this process may set trusted.* attributes: root of a container or a user namespace may
// not.
bool MaySetTrusted(const Inode& inode) {
  const auto removed = inode.RemoveXattr("trusted.shmount.absent");
  return removed || removed.error().code == ENODATA;
}

}  // namespace

Status Managed::Take(const Inode& inode) {
  TRY(inode.SetXattr(kManagerXattr, id_, 0));
  (void)inode.SetXattr(kTrustedManagerXattr, id_, 0);  // fails without the privilege
  const std::lock_guard lock(mutex_);
  taken_.insert(inode.stat().st_ino);
  return {};
}

Result<Managed::Claim> Managed::ClaimOn(const Inode& inode) const {
  if (!inode.is_block() && !inode.is_directory()) {
    return Claim::kNone;
  }
  const auto trusted = Mark(inode, kTrustedManagerXattr);
  if (!trusted || *trusted == id_) {
    return trusted ? Result<Claim>(Claim::kOurs) : std::unexpected(trusted.error());
  }
  const auto mark = TRY(Mark(inode, kManagerXattr));
  if (mark != id_) {
    return Claim::kNone;
  }
  const struct stat& st = inode.stat();
  {
    const std::lock_guard lock(mutex_);
    if (taken_.contains(st.st_ino)) {
      return Claim::kOurs;
    }
  }
  const bool privileged = MaySetTrusted(inode);
  const bool only_ours = st.st_uid == geteuid() && (st.st_mode & 022) == 0;
  return !privileged && only_ours ? Claim::kOurs : Claim::kDoubtful;
}

Status Managed::Release(const Directory& backing,
                        const std::function<void(const std::string&)>& report) const {
  const auto names = TRY(backing.Names());
  for (const std::string& name : names) {
    const auto inode = backing.Find(name.c_str());
    const auto claim = inode ? ClaimOn(*inode) : std::unexpected(inode.error());
    if (!claim) {
      if (claim.error().code != ENOENT) {
        report("cannot tell whether '" + name + "' is the manager's: " + claim.error().where);
      }
    } else if (*claim == Claim::kDoubtful) {
      report("'" + name + "' bears the manager's ID '" + id_ +
             "', which somebody else can have put there: left alone");
    } else if (*claim == Claim::kOurs) {
      if (const auto gone = Remove(backing, name, inode->stat().st_ino); !gone) {
        report("cannot unlink '" + name + "': " + gone.error().where);
      }
    }
  }
  return {};
}

}  // namespace shmount
