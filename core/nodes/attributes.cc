// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/attributes.h"

#include <cstdint>

#include "core/store/draft.h"
#include "core/store/list_time.h"

namespace shmount {

struct stat ListAttr(const struct stat& block, std::uint64_t ino) {
  struct stat st = block;
  const mode_t readable = block.st_mode & 0444;
  st.st_ino = ino;
  st.st_mode = S_IFDIR | readable | readable >> 2;
  st.st_nlink = 2;
  st.st_size = 0;
  st.st_blocks = 0;
  return st;
}

// rsync(1) sets a directory's time at the end, which seals a read-only draft, but not where the
// time is right to the second. Until then it is a second off: that of a copy made now is none of
// what was copied. So too where it cannot be told: a call that has made a draft must not fail for
// it.
struct stat DraftAttr(const Inode& draft, NodeId id) {
  struct stat st = draft.stat();
  st.st_ino = id.raw();
  const auto kind = KindOfDraft(draft);
  st.st_mtim.tv_sec += !kind || *kind == DraftKind::kReadOnly ? 1 : 0;
  return st;
}

struct stat TimedListAttr(const Inode& block, const struct stat& now, std::uint64_t ino) {
  struct stat st = ListAttr(now, ino);
  st.st_mtim = ReadListTime(block, now);
  return st;
}

struct stat ElementAttr(const struct stat& block, std::uint64_t ino, std::uint64_t size) {
  struct stat st = block;
  st.st_ino = ino;
  st.st_mode = S_IFREG | (block.st_mode & 0666);
  st.st_nlink = 1;
  st.st_size = static_cast<off_t>(size);
  st.st_blocks = static_cast<blkcnt_t>((size + 511) / 512);  // fewer would tell of holes
  return st;
}

mode_t BlockModeFromList(mode_t block, mode_t mode) {
  const mode_t readable = mode & 0444;
  return readable | (block & (readable >> 1));
}

struct stat BlockAttr(const struct stat& block, NodeId id, const std::string& target) {
  struct stat attr = block;
  if (NodeId::NumberFor(block.st_ino) != id.ino()) {
    attr.st_ino = id.ino();  // another file has the inode's: programs take the two for one
  }
  if (id.role() == Role::kLink) {
    attr.st_mode = S_IFLNK | 0777;
    attr.st_size = static_cast<off_t>(target.size());
    attr.st_blocks = 0;
  }
  return attr;
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

}  // namespace shmount
