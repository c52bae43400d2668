// SPDX-License-Identifier: Apache-2.0
// Nodes by their numbers alone: those that the kernel has forgotten and asks for by a file handle,
// which a server of NFS or name_to_handle_at(2) gave out, and their paths for people to read.
#include <cstdint>

#include "core/backing/act_as.h"
#include "core/backing/block_name.h"
#include "core/backing/classify.h"
#include "core/backing/dir_stream.h"
#include "core/nodes/resolve.h"
#include "core/value/element_name.h"
#include "core/volume/volume.h"

namespace shmount {
namespace {

// The block, list or draft in the backing whose inode has this number. It takes a search, as tmpfs
// opens nothing by number to us; servers keep what they use.
Result<std::string> NameOf(const VolumeState& state, std::uint64_t ino) {
  std::string name;
  TRY(state.backing.ForEach([&](const DirEntry& entry) {
    const bool found = entry.ino == ino && IsVisible(entry.name, state.options.semaphores);
    name = found ? entry.name : "";
    return !found;
  }));
  return name.empty() ? Fail(ESTALE, "no block has this inode number")
                      : Result<std::string>(std::move(name));
}

// The name in its list of a node that lies in one.
std::string NameInList(NodeId id, std::uint64_t count) {
  switch (id.role()) {
    case Role::kFormat:
      return ".format";
    case Role::kValues:
      return ".values";
    case Role::kElement:
      return id.type() ? FormatElementName(id.index(), IndexWidth(count), *id.type())
                       : std::to_string(id.index());
    default:
      return ".shm";
  }
}

}  // namespace

Result<Found> Volume::LookupSelf(NodeId id, const Caller& caller) {
  if (id.is_root()) {
    const auto attr = GetAttr(id, caller);
    return attr ? Result<Found>(Found{id, attr->attr, 0, attr->ttl})
                : std::unexpected(attr.error());
  }
  const auto name = TRY(NameOf(*state_, id.ino()));
  const auto entry = state_->FindEntry(name.c_str());
  if (!entry || entry->inode.stat().st_ino != id.ino()) {
    return Fail(ESTALE, name);
  }
  auto found = state_->Present(*entry, name);
  if (!found || found->id == id) {
    return found;
  }
  // It is in the list that this is, or was in one that this is no longer.
  const auto directory = entry->kind == Kind::kList ? ResolveDirectory(*state_, found->id, caller)
                                                    : Fail(ESTALE, name);
  auto inside = directory ? (*directory)->Lookup(NameInList(id, entry->shape.count).c_str())
                          : std::unexpected(directory.error());
  Forget(found->id, 1);
  if (inside && inside->id != id) {
    Forget(inside->id, 1);
    return Fail(ESTALE, name);
  }
  return inside ? inside : Fail(ESTALE, name);
}

std::string Volume::PathOf(NodeId id) const {
  if (id.is_root()) {
    return ".";
  }
  const auto location = state_->nodes.Find(id.ino());
  if (!location) {
    return "";
  }
  const auto draft = state_->nodes.Find(location->parent);
  const std::string name = (draft ? draft->name + "/" : "") + location->name;
  const bool inside =
      id.role() == Role::kElement || id.role() == Role::kFormat || id.role() == Role::kValues;
  return inside ? name + "/" + NameInList(id, 1) : name;
}

Result<Found> Volume::LookupParent(NodeId id, const Caller& caller) {
  return id.role() == Role::kDirectory ? LookupSelf(NodeId::Root(), caller)
                                       : Fail(ENOTDIR, "lookup of ..");
}

}  // namespace shmount
