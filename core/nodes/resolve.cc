// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/resolve.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>

#include "core/nodes/draft_directory.h"
#include "core/nodes/removed_directory.h"
#include "core/nodes/root_directory.h"

namespace shmount {
namespace {

// A directory has two links and loses both, a list's block has one.
bool IsRemoved(const struct stat& st) { return st.st_nlink == 0; }

}  // namespace

Result<std::unique_ptr<DirectoryNode>> ResolveDirectory(VolumeState& state, NodeId id,
                                                        const Caller& caller, int list_access) {
  if (id.is_root()) {
    return MakeRootDirectory(state, caller);
  }
  if (id.role() != Role::kDirectory) {
    return Fail(ENOTDIR, "no directory");
  }
  const auto location = TRY(FindLocation(state, id));
  auto inode = FindInode(state, location, caller);
  if (const auto open = inode ? nullptr : state.open_blocks.Find(location.ino)) {
    auto gone = TRY(Inode::Of(*open));
    if (IsRemoved(gone.stat())) {
      return MakeRemovedDirectory(state, location, std::move(gone), caller);
    }
  }
  TRY(inode ? Status() : std::unexpected(inode.error()));
  if (!inode->is_directory()) {
    return ListDirectory::Open(state, location, *std::move(inode), list_access, caller);
  }
  auto draft = MakeDraftDirectory(state, location, *std::move(inode), caller);
  if (!draft && draft.error().code == ESTALE && state.second_looks.HasLooked(caller.pid)) {
    return Fail(EBUSY, "the draft is being sealed");
  }
  return draft;
}

bool IsListFile(NodeId id) {
  return id.role() == Role::kElement || id.role() == Role::kFormat || id.role() == Role::kValues;
}

Result<std::unique_ptr<ListDirectory>> ResolveList(VolumeState& state, NodeId id,
                                                   const Caller& caller, int access) {
  const auto location = TRY(FindLocation(state, id));
  auto inode = TRY(FindInode(state, location, caller));
  return ListDirectory::Open(state, location, std::move(inode), access, caller);
}

Result<std::unique_ptr<ListDirectory>> ResolveListToRead(VolumeState& state, NodeId id,
                                                         const Caller& caller) {
  const auto location = TRY(FindLocation(state, id));
  auto file = state.open_lists.Find(location.ino);
  if (!file) {
    return ResolveList(state, id, caller, O_RDONLY);
  }
  const auto block = state.backing.StatOf(location.name.c_str());
  if (!block && block.error().code != ENOENT) {
    return std::unexpected(block.error());
  }
  if (!block || state.nodes.NumberOf(KeyOf(*block)) != location.ino) {
    return ResolveList(state, id, caller, O_RDONLY);
  }
  if (state.options.multi_user) {
    const ActAs as = TRY(state.As(caller));
    TRY(file->Access(R_OK));
  }
  return ListDirectory::Share(state, location, std::move(file), *block, caller);
}

}  // namespace shmount
