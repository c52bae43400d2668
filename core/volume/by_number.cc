// SPDX-License-Identifier: Apache-2.0
#include "core/volume/by_number.h"

#include <cstdint>

#include "core/backing/act_as.h"
#include "core/backing/block_name.h"
#include "core/backing/classify.h"
#include "core/backing/dir_stream.h"
#include "core/nodes/resolve.h"
#include "core/value/element_name.h"

namespace shmount {
namespace {

// The name of the block, list or draft in the backing that most likely has this number. It takes a
// search of the directory, because an unprivileged process cannot open a file of a tmpfs by its
// number. That is rare: servers keep the nodes that they use.
Result<std::string> NameOf(const VolumeState& state, std::uint64_t ino) {
  std::string name;
  TRY(state.backing.ForEach([&](const DirEntry& entry) {
    const bool found =
        NodeId::NumberFor(entry.ino) == ino && IsVisible(entry.name, state.options.semaphores);
    name = found ? entry.name : "";
    return !found;
  }));
  return name.empty() ? Fail(ESTALE, "no block has this inode number")
                      : Result<std::string>(std::move(name));
}

// The name that a node has in its list.
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

Result<Found> LookupByNumber(VolumeState& state, NodeId id, const Caller& caller) {
  if (id.is_root()) {
    const auto root = TRY(ResolveDirectory(state, id, caller));
    const auto attr = TRY(root->GetAttr());
    return Found{id, attr.attr, 0, attr.ttl};
  }
  const auto name = TRY(NameOf(state, id.ino()));
  const auto entry = state.FindEntry(name.c_str());
  if (!entry || state.nodes.NumberOf(entry->inode.key()) != id.ino()) {
    return Fail(ESTALE, name);
  }
  auto found = state.Present(*entry, name);
  if (!found || found->id == id) {
    return found;
  }
  // The block is the list of the node, or was it and is not a list any more.
  const auto directory =
      entry->kind == Kind::kList ? ResolveDirectory(state, found->id, caller) : Fail(ESTALE, name);
  auto inside = directory ? (*directory)->Lookup(NameInList(id, entry->shape.count).c_str())
                          : std::unexpected(directory.error());
  state.nodes.Forget(found->id.ino(), 1);
  if (inside && inside->id != id) {
    state.nodes.Forget(inside->id.ino(), 1);
    return Fail(ESTALE, name);
  }
  return inside ? inside : Fail(ESTALE, name);
}

std::string PathOf(const VolumeState& state, NodeId id) {
  if (id.is_root()) {
    return ".";
  }
  const auto location = state.nodes.Find(id.ino());
  if (!location) {
    return "";
  }
  const auto draft = state.nodes.Find(location->parent);
  const std::string name = (draft ? draft->name + "/" : "") + location->name;
  const bool inside =
      id.role() == Role::kElement || id.role() == Role::kFormat || id.role() == Role::kValues;
  return inside ? name + "/" + NameInList(id, 1) : name;
}

}  // namespace shmount
