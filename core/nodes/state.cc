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

Result<Place> VolumeState::PlaceOf(NodeId id) const {
  auto place = nodes.Find(id.ino());
  if (!place) {
    return Fail(ESTALE, "unknown node");
  }
  return *std::move(place);
}

Result<Directory> VolumeState::OpenDraft(std::uint64_t ino) const {
  const auto place = nodes.Find(ino);
  if (!place || place->ino != ino) {
    return Fail(ESTALE, "draft");
  }
  auto draft = backing.OpenDirectory(place->name.c_str());
  if (!draft) {
    const int code = draft.error().code;
    const bool other = code == ENOENT || code == ENOTDIR || code == ELOOP || code == EXDEV;
    return Fail(other ? ESTALE : code, "draft");
  }
  const auto st = TRY(draft->Stat());
  if (st.st_ino != ino) {
    return Fail(ESTALE, "draft");
  }
  return draft;
}

Result<Inode> VolumeState::At(const Place& place) const {
  auto inode = [&]() -> Result<Inode> {
    if (place.parent == 0) {
      return backing.Find(place.name.c_str());
    }
    const auto draft = TRY(OpenDraft(place.parent));
    return draft.Find(place.name.c_str());
  }();
  if (!inode && inode.error().code != ENOENT) {
    return inode;
  }
  if (!inode || inode->stat().st_ino != place.ino) {
    return Fail(ESTALE, place.name);
  }
  return inode;
}

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
    hidden.Drop(ino);
  }
}

Result<Inode> VolumeState::BlockAt(NodeId id) const {
  if (const auto open = nodes.OpenFile(id.ino())) {
    return Inode::Of(*open);
  }
  const auto place = TRY(PlaceOf(id));
  return At(place);
}

Result<Entry> VolumeState::Look(const char* name) const {
  auto entry = Inspect(backing, name);
  if (entry && entry->being_written) {
    const struct stat& st = entry->inode.stat();
    const auto told = nodes.LastTold(st.st_ino);
    if (told && *told == Told{true, st.st_size}) {
      entry->kind = Kind::kList;
      entry->ttl = kForever;
    }
  }
  return entry;
}

struct stat VolumeState::BlockAttr(const struct stat& st, NodeId id,
                                   const std::string& name) const {
  struct stat attr = st;
  if (id.role() == Role::kLink) {
    attr.st_mode = S_IFLNK | 0777;
    attr.st_size = static_cast<off_t>(options.backing.size() + 1 + name.size());
    attr.st_blocks = 0;
  }
  return attr;
}

Result<Found> VolumeState::PresentBlock(const struct stat& st, const Place& place, Seconds ttl) {
  if (place.ino > NodeId::kMaxIno) {
    return Fail(EOVERFLOW, "the backing's inode numbers are too large");
  }
  const NodeId id = place.parent == 0 ? BlockId(place.ino) : NodeId::Block(place.ino);
  nodes.Remember(place, {.is_list = false, .size = st.st_size});
  return Found{id, BlockAttr(st, id, place.name), Ttl(ttl, st), Ttl(ttl, st)};
}

Result<Found> VolumeState::Present(const Entry& entry, const std::string& name) {
  const struct stat& st = entry.inode.stat();
  const Place place{st.st_ino, 0, name};
  if (entry.kind == Kind::kBlock) {
    return PresentBlock(st, place, entry.ttl);
  }
  if (place.ino > NodeId::kMaxIno) {
    return Fail(EOVERFLOW, "the backing's inode numbers are too large");
  }
  const bool is_list = entry.kind == Kind::kList;
  const NodeId id = NodeId::Directory(place.ino);
  nodes.Remember(place, {.is_list = is_list, .size = st.st_size});
  Found found{id, st, Ttl(entry.ttl, st), Ttl(entry.ttl, st)};
  if (is_list) {
    found.attr = ListAttr(st, id.raw());
  } else {
    found.attr.st_ino = id.raw();
    found.attr_ttl = 0;  // nobody watches what happens inside
  }
  return found;
}

std::shared_ptr<void> KeepFindable(NodeTable& nodes, std::uint64_t ino,
                                   const std::shared_ptr<BlockFile>& file) {
  nodes.Opened(ino, file);
  return {file.get(), [&nodes, ino](void*) { nodes.Released(ino); }};
}

Status ApplyChange(const Inode& inode, const AttrChange& change) {
  if (change.uid || change.gid) {
    TRY(inode.SetOwner(change.uid.value_or(static_cast<uid_t>(-1)),
                       change.gid.value_or(static_cast<gid_t>(-1))));
  }
  if (change.mode) {
    TRY(inode.SetMode(*change.mode & 07777));
  }
  if (change.size) {
    TRY(inode.Truncate(*change.size));
  }
  if (change.times) {
    return inode.SetTimes(change.times->data());
  }
  return {};
}

Result<Opened> DirectoryNode::Create(const char*, mode_t, int) { return Fail(EPERM, "create"); }
Result<Found> DirectoryNode::MakeNode(const char*, mode_t) { return Fail(EPERM, "mknod"); }
Result<Found> DirectoryNode::MakeDirectory(const char*, mode_t) { return Fail(EPERM, "mkdir"); }
Result<Found> DirectoryNode::Link(const Inode&, const char*) { return Fail(EPERM, "link"); }
Status DirectoryNode::RemoveDirectory(const char*) { return Fail(ENOTDIR, "rmdir"); }
Status DirectoryNode::Rename(const char*, const char*, unsigned) { return Fail(EPERM, "rename"); }

}  // namespace shmount
