// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/state.h"

#include <cstdint>

#include "core/backing/block_file.h"
#include "core/backing/classify.h"
#include "core/backing/dir_stream.h"
#include "core/backing/directory.h"
#include "core/backing/inode.h"
#include "core/nodes/attributes.h"

namespace shmount {

void VolumeState::DropGoneLists() {
  auto gone = hidden.TakeSuspects();
  if (gone.empty()) {
    return;
  }
  const auto all_seen = backing.ForEach([&gone](const DirEntry& entry) {
    gone.erase(entry.ino);
    return true;
  });
  if (!all_seen) {
    return;  // the rest may be there
  }
  for (const std::uint64_t ino : gone) {
    DropList(ino);
  }
}

Status VolumeState::AccessRoot(const Caller& caller, int mask) const {
  // Writing can be denied to everybody, by a read-only file system.
  if (options.multi_user && events && (mask & ~(everybody & ~W_OK)) == 0) {
    return {};
  }
  return ActingAs(caller, [&] { return backing.Access(mask); });
}

Result<Entry> VolumeState::FindEntry(const char* name) const {
  auto entry = Inspect(backing, name);
  if (entry && entry->being_written) {
    const struct stat& st = entry->inode.stat();
    const auto cached = nodes.FindCached(st.st_ino);
    if (cached && *cached == Cached{true, st.st_size}) {
      entry->kind = Kind::kList;
      entry->ttl = kForever;
    }
  }
  return entry;
}

Result<Found> VolumeState::PresentBlock(const struct stat& st, const Location& location,
                                        Seconds ttl) {
  if (location.ino > NodeId::kMaxIno) {
    return Fail(EOVERFLOW, "the backing's inode numbers are too large");
  }
  const NodeId id = location.parent == 0 ? BlockId(location.ino) : NodeId::Block(location.ino);
  nodes.Remember(location, {.is_list = false, .size = st.st_size});
  nodes.SetAttributes(location.ino, st);
  return Found{id, BlockAttr(st, id, LinkTarget(location.name)), Ttl(ttl, st), Ttl(ttl, st)};
}

Result<Found> VolumeState::Present(const Entry& entry, const std::string& name) {
  const struct stat& st = entry.inode.stat();
  const Location location{st.st_ino, 0, name};
  if (entry.kind == Kind::kBlock) {
    return PresentBlock(st, location, entry.ttl);
  }
  if (location.ino > NodeId::kMaxIno) {
    return Fail(EOVERFLOW, "the backing's inode numbers are too large");
  }
  const bool is_list = entry.kind == Kind::kList;
  const NodeId id = NodeId::Directory(location.ino);
  const auto attr = is_list ? TimedListAttr(entry.inode, st, id.raw()) : DraftAttr(entry.inode);
  nodes.Remember(location, {.is_list = is_list, .size = st.st_size});
  // Nobody watches what happens inside a draft.
  return Found{id, attr, Ttl(entry.ttl, st), is_list ? Ttl(kUnseen, st) : 0};
}

}  // namespace shmount
