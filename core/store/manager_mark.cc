// SPDX-License-Identifier: Apache-2.0
#include "core/store/manager_mark.h"

#include <unistd.h>

#include <cstdint>

#include "core/backing/inode.h"
#include "core/backing/xattr_names.h"

namespace shmount {
namespace {

// The xattr's value; empty if there is none or this process may not read it.
Result<std::string> Mark(const Inode& inode, const char* name) {
  auto mark = inode.GetXattr(name);
  if (mark) {
    return mark;
  }
  const int code = mark.error().code;
  const bool none = code == ENODATA || code == ENOTSUP || code == EACCES || code == EPERM;
  return none ? Result<std::string>("") : mark;
}

// Whether this process may set trusted.* xattrs. Root in a container or a user namespace may not.
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

Result<Claim> Managed::ClaimOn(const Inode& inode) const {
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

}  // namespace shmount
