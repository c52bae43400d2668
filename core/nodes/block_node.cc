// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/block_node.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>

#include <string>
#include <utility>

#include "core/backing/inode.h"
#include "core/backing/xattr_names.h"
#include "core/nodes/attributes.h"
#include "core/nodes/block_handle.h"
#include "core/nodes/draft_directory.h"

namespace shmount {
namespace {

Attr AttrOfBlock(VolumeState& state, NodeId id, const struct stat& st) {
  state.nodes.SetAttributes(id.ino(), st);
  const auto location = state.nodes.Find(id.ino());
  const bool lasting = location && location->parent == 0;
  const std::string target = state.LinkTarget(location ? location->name : "");
  return {BlockAttr(st, id, target), lasting ? state.Ttl(kUnseen, st) : 0};
}

// Clears the set-user-ID and set-group-ID bits when a file is opened for writing. The kernel leaves
// that to the daemon (FUSE_CAP_HANDLE_KILLPRIV_V2), and does not report passthrough writes.
// chown(2) to the present owner clears the bits atomically.
Status ClearSetIds(const BlockFile& file, const struct stat& st, const Caller& caller) {
  if ((st.st_mode & (S_ISUID | S_ISGID)) == 0 || IsCapable(caller, CAP_FSETID)) {
    return {};
  }
  const auto cleared = file.SetOwner(static_cast<uid_t>(-1), static_cast<gid_t>(-1));
  // Without the right to chown, the kernel clears the bits when the caller writes.
  return cleared || cleared.error().code == EPERM ? Status{} : cleared;
}

}  // namespace

std::optional<Location> FindDraftLocation(const VolumeState& state, NodeId id) {
  auto location = state.nodes.Find(id.ino());
  return location && location->parent != 0 ? location : std::nullopt;
}

Result<Attr> GetBlockAttr(VolumeState& state, NodeId id, const Caller& caller) {
  const auto inode = TRY(FindBlock(state, id, caller));
  return AttrOfBlock(state, id, inode.stat());
}

Result<Attr> SetBlockAttr(VolumeState& state, NodeId id, const AttrChange& change,
                          FileHandle* handle, const Caller& caller) {
  const auto inode = TRY(FindBlock(state, id, caller));
  AttrChange rest = change;
  if (change.size && handle != nullptr) {
    TRY(handle->Truncate(*change.size));
    rest.size.reset();
  }
  const auto changed = state.ActingAs(caller, [&] { return ApplyChange(inode, rest); });
  // Restat needs no new descriptor, so that a change that was made is not reported as failed for
  // lack of one.
  const auto st = TRY(changed ? inode.Restat() : std::unexpected(changed.error()));
  if (const auto cached = state.nodes.FindCached(id.ino()); cached && cached->is_list) {
    state.Forget(NodeId::Directory(id.ino()));
  }
  return AttrOfBlock(state, id, st);
}

Result<std::unique_ptr<FileHandle>> OpenBlock(VolumeState& state, NodeId id, int flags,
                                              const Caller& caller) {
  const auto inode = TRY(FindToOpen(state, id, caller));
  const auto draft = FindDraftLocation(state, id);
  if (draft && (flags & O_ACCMODE) == O_WRONLY) {
    flags = (flags & ~O_ACCMODE) | O_RDWR;  // checking a write takes reading the rest of the text
  }
  auto file = TRY(state.ActingAs(caller, [&] { return inode.Open(flags & ~O_NOATIME); }));
  if ((flags & O_ACCMODE) != O_RDONLY) {
    TRY(ClearSetIds(file, inode.stat(), caller));
  }
  if (draft) {
    if ((flags & O_TRUNC) != 0) {
      (void)inode.RemoveXattr(kRefusedXattr);
    }
    return MakeDraftHandle(state, *draft, std::move(file));
  }
  if ((flags & O_TRUNC) == 0) {
    state.ForgetAttributes(id, inode.stat());  // programs map as many bytes as the size says
  }
  return MakeBlockHandle(state.open_blocks, id.ino(), std::move(file));
}

}  // namespace shmount
