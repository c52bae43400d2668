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
    return;  // the lists that were not seen may still be there
  }
  for (const auto& [ino, list] : gone) {
    DropList(list);
  }
}

Status VolumeState::AccessRoot(const Caller& caller, int mask) const {
  // A read-only file system can deny writing to everybody, whatever the mode says.
  if (options.multi_user && events && (mask & ~(everybody & ~W_OK)) == 0) {
    return {};
  }
  return ActingAs(caller, [&] { return backing.Access(mask); });
}

std::vector<std::uint64_t> VolumeState::OpenBy(std::uint64_t parent,
                                               const std::string& name) const {
  std::vector<std::uint64_t> found = open_blocks.Numbers();
  std::erase_if(found, [&](std::uint64_t ino) {
    const auto location = nodes.Find(ino);
    return !location || location->parent != parent || location->name != name;
  });
  return found;
}

Result<Entry> VolumeState::FindEntry(const char* name) const {
  auto entry = Inspect(backing, name);
  if (entry && entry->being_written) {
    const struct stat& st = entry->inode.stat();
    const auto cached = nodes.FindCached(nodes.NumberOf(KeyOf(entry->inode.stat())));
    if (cached && *cached == Cached{true, st.st_size}) {
      entry->kind = Kind::kList;
      entry->ttl = kForever;
    }
  }
  return entry;
}

Result<Found> VolumeState::PresentBlock(const FileStat& st, std::uint64_t parent,
                                        const std::string& name, Seconds ttl) {
  const std::uint64_t number =
      nodes.Remember(KeyOf(st), {0, parent, name}, {.is_list = false, .size = st.st_size});
  const NodeId id = parent == 0 ? BlockId(number) : NodeId::Block(number);
  nodes.SetAttributes(number, st);
  return Found{id, BlockAttr(st, id, LinkTarget(name)), Ttl(ttl, st), Ttl(ttl, st)};
}

Result<Found> VolumeState::Present(const Entry& entry, const std::string& name) {
  const FileStat& st = entry.inode.stat();
  if (entry.kind == Kind::kBlock) {
    return PresentBlock(st, 0, name, entry.ttl);
  }
  const bool is_list = entry.kind == Kind::kList;
  const NodeId id = NodeId::Directory(
      nodes.Remember(KeyOf(st), {0, 0, name}, {.is_list = is_list, .size = st.st_size}));
  const auto attr = is_list ? TimedListAttr(entry.inode, st, id.raw()) : DraftAttr(entry.inode, id);
  // No watch reports changes inside a draft.
  return Found{id, attr, Ttl(entry.ttl, st), is_list ? Ttl(kUnseen, st) : 0};
}

}  // namespace shmount
