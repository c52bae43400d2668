// SPDX-License-Identifier: Apache-2.0
// Extended attributes: a block's and a draft's are the backing's own; elements have none.
#include <cstddef>

#include "core/backing/act_as.h"
#include "core/backing/inode.h"
#include "core/backing/xattr_names.h"
#include "core/nodes/resolve.h"
#include "core/volume/volume.h"

namespace shmount {
namespace {

// The inode that carries a node's attributes; ENOTSUP where none does.
Result<Inode> XattrInode(VolumeState& state, NodeId id, const Caller& caller) {
  if (id.role() == Role::kBlock || id.role() == Role::kLink) {
    return FindBlock(state, id, caller);
  }
  if (id.role() != Role::kDirectory) {
    return Fail(ENOTSUP, "xattr of an element");
  }
  const auto directory = TRY(ResolveDirectory(state, id, caller));
  return directory->XattrInode();
}

// What shmount keeps on blocks is for it to change; copying a list must not copy it either.
bool IsOurs(std::string_view name) { return name.starts_with(kXattrPrefix); }

// Only a user's attributes pass. An ACL would be a second way to set a mode, past the seal of a
// list: without ACLs cp(1) and others use chmod(2).
bool IsUsers(std::string_view name) { return name.starts_with("user."); }

}  // namespace

Result<std::string> Volume::GetXattr(NodeId id, const char* name, const Caller& caller) {
  if (!IsUsers(name)) {
    return Fail(ENOTSUP, name);
  }
  const auto inode = XattrInode(*state_, id, caller);
  if (!inode) {
    return Fail(inode.error().code == ENOTSUP ? ENODATA : inode.error().code, name);
  }
  const ActAs as = TRY(state_->As(caller));
  return inode->GetXattr(name);
}

Result<std::string> Volume::ListXattr(NodeId id, const Caller& caller) {
  const auto inode = XattrInode(*state_, id, caller);
  if (!inode) {
    return inode.error().code == ENOTSUP ? Result<std::string>("") : std::unexpected(inode.error());
  }
  const ActAs as = TRY(state_->As(caller));
  const auto all = TRY(inode->ListXattr());
  std::string shown;
  for (std::size_t at = 0; at < all.size(); at = all.find('\0', at) + 1) {
    const std::string_view name(all.c_str() + at);
    if (IsUsers(name) && !IsOurs(name)) {
      shown.append(name).push_back('\0');
    }
  }
  return shown;
}

Status Volume::SetXattr(NodeId id, const char* name, std::string_view value, int flags,
                        const Caller& caller) {
  if (!IsUsers(name) || IsOurs(name)) {
    return Fail(IsOurs(name) ? EPERM : ENOTSUP, name);
  }
  const auto inode = TRY(XattrInode(*state_, id, caller));
  const ActAs as = TRY(state_->As(caller));
  return inode.SetXattr(name, value, flags);
}

Status Volume::RemoveXattr(NodeId id, const char* name, const Caller& caller) {
  if (!IsUsers(name) || IsOurs(name)) {
    return Fail(IsOurs(name) ? EPERM : ENOTSUP, name);
  }
  const auto inode = TRY(XattrInode(*state_, id, caller));
  const ActAs as = TRY(state_->As(caller));
  return inode.RemoveXattr(name);
}

}  // namespace shmount
