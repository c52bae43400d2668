// SPDX-License-Identifier: Apache-2.0
#include "core/volume/xattr.h"

#include <cstddef>
#include <string>
#include <string_view>

#include "core/backing/act_as.h"
#include "core/backing/inode.h"
#include "core/backing/xattr_names.h"
#include "core/list/build.h"
#include "core/nodes/resolve.h"

namespace shmount {
namespace {

// The inode in the backing that has a node's xattrs. ENOTSUP: the node has none.
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

// Whether an xattr is shmount's own, which only shmount changes and which a copy of a list must not
// copy. The size of an element's slot is an exception: it is copied from an element to a draft's
// file.
bool IsOurs(const VolumeState& state, NodeId id, std::string_view name) {
  if (!name.starts_with(kXattrPrefix)) {
    return false;
  }
  const auto location = id.role() == Role::kBlock ? state.nodes.Find(id.ino()) : std::nullopt;
  return name != kSlotXattr || !location || location->parent == 0;
}

// Only user.* xattrs are passed on. An ACL would be a second way to set a mode, which would bypass
// sealing. Without ACLs, cp(1) and other programs use chmod(2).
bool IsUsers(std::string_view name) { return name.starts_with("user."); }

// The size of an element's slot, if larger than its value needs. Empty if not, or if the element is
// damaged.
Result<std::string> GetSlot(VolumeState& state, NodeId id, const Caller& caller) {
  const auto list = TRY(ResolveListToRead(state, id, caller));
  const auto slot = list->SlotOf(id);
  if (!slot) {
    return slot.error().code == EIO ? Result<std::string>("") : std::unexpected(slot.error());
  }
  return slot->size > SlotSizeOf(slot->value) ? std::to_string(slot->size) : "";
}

// A slot's size never changes, so setting it succeeds only if it is the same. Programs that copy
// one element over another set it.
Status CheckSlot(VolumeState& state, NodeId id, std::string_view value, const Caller& caller) {
  const auto list = TRY(ResolveListToRead(state, id, caller));
  const auto slot = TRY(list->SlotOf(id));
  return ParseSlotSize(value) == slot.size ? Status{} : Fail(EPERM, "the size of a slot");
}

bool IsSlot(NodeId id, std::string_view name) {
  return id.role() == Role::kElement && name == kSlotXattr;
}

}  // namespace

Result<std::string> GetXattr(VolumeState& state, NodeId id, const char* name,
                             const Caller& caller) {
  if (!IsUsers(name)) {
    return Fail(ENOTSUP, name);
  }
  if (IsSlot(id, name)) {
    auto slot = TRY(GetSlot(state, id, caller));
    return slot.empty() ? Fail(ENODATA, name) : Result<std::string>(std::move(slot));
  }
  const auto inode = XattrInode(state, id, caller);
  if (!inode) {
    return Fail(inode.error().code == ENOTSUP ? ENODATA : inode.error().code, name);
  }
  const ActAs as = TRY(state.As(caller));
  return inode->GetXattr(name);
}

Result<std::string> ListXattr(VolumeState& state, NodeId id, const Caller& caller) {
  if (id.role() == Role::kElement) {
    const auto slot = TRY(GetSlot(state, id, caller));
    return slot.empty() ? "" : std::string(kSlotXattr).append(1, '\0');
  }
  const auto inode = XattrInode(state, id, caller);
  if (!inode) {
    return inode.error().code == ENOTSUP ? Result<std::string>("") : std::unexpected(inode.error());
  }
  const ActAs as = TRY(state.As(caller));
  const auto all = TRY(inode->ListXattr());
  std::string shown;
  for (std::size_t at = 0; at < all.size(); at = all.find('\0', at) + 1) {
    const std::string_view name(all.c_str() + at);
    if (IsUsers(name) && !IsOurs(state, id, name)) {
      shown.append(name).push_back('\0');
    }
  }
  return shown;
}

Status SetXattr(VolumeState& state, NodeId id, const char* name, std::string_view value, int flags,
                const Caller& caller) {
  if (IsSlot(id, name)) {
    return CheckSlot(state, id, value, caller);
  }
  if (!IsUsers(name) || IsOurs(state, id, name)) {
    return Fail(IsUsers(name) ? EPERM : ENOTSUP, name);
  }
  if (std::string_view(name) == kSlotXattr && !ParseSlotSize(value)) {
    return Fail(EINVAL, "the size of a slot");
  }
  const auto inode = TRY(XattrInode(state, id, caller));
  const ActAs as = TRY(state.As(caller));
  return inode.SetXattr(name, value, flags);
}

Status RemoveXattr(VolumeState& state, NodeId id, const char* name, const Caller& caller) {
  if (!IsUsers(name) || IsOurs(state, id, name)) {
    return Fail(IsUsers(name) ? EPERM : ENOTSUP, name);
  }
  const auto inode = TRY(XattrInode(state, id, caller));
  const ActAs as = TRY(state.As(caller));
  return inode.RemoveXattr(name);
}

}  // namespace shmount
