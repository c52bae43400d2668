// SPDX-License-Identifier: Apache-2.0
// What changes the attributes of a list and of its elements, which are the block's.
#include <sys/stat.h>

#include <array>
#include <cstdint>

#include "core/nodes/attributes.h"
#include "core/nodes/list_directory.h"
#include "core/store/list_time.h"

namespace shmount {

// With the caller's rights; what the block has thereafter is what is told of it.
Status ListDirectory::ChangeBlock(const AttrChange& change) {
  const ActAs as = TRY(state_.As(caller_));
  TRY(ApplyChange(*inode_, change));
  block_ = TRY(inode_->Restat());
  return {};
}

// A time of the directory that is not now leaves that of the elements as it is.
Status ListDirectory::ChangeTimes(const std::array<struct timespec, 2>& times) {
  const struct timespec& modified = times[1];
  const bool given = modified.tv_nsec != UTIME_NOW && modified.tv_nsec != UTIME_OMIT;
  AttrChange block;
  block.times = {times[0], given ? block_.st_mtim : modified};  // which takes the right to it
  TRY(ChangeBlock(block));
  if (modified.tv_nsec == UTIME_OMIT) {
    return {};
  }
  return state_.ActingAs(caller_, [&] {
    const bool same =
        modified.tv_sec == block_.st_mtim.tv_sec && modified.tv_nsec == block_.st_mtim.tv_nsec;
    return given && !same ? SetListTime(*inode_, modified) : ForgetListTime(*inode_);
  });
}

Result<Attr> ListDirectory::SetAttr(const AttrChange& change) {
  AttrChange block = change;
  if (change.size) {
    return Fail(EISDIR, "truncate");
  }
  if (change.mode) {
    if ((*change.mode & 0222) != 0) {
      return TRY(Thaw({.mode = *change.mode & 07777}))->SetAttr(change);
    }
    block.mode = BlockModeFromList(block_.st_mode, *change.mode);
  }
  block.times.reset();
  TRY(ChangeBlock(block));
  TRY(change.times ? ChangeTimes(*change.times) : Status{});
  return GetAttr();
}

Status ListDirectory::CutFile(NodeId id, std::uint64_t size) const {
  TRY(CheckCurrent(id));
  return OpenElement({.text = {.index = id.index(), .type = id.type()}}, true)->Truncate(size);
}

Result<Attr> ListDirectory::SetFileAttr(NodeId id, const AttrChange& change, FileHandle* handle) {
  if (id.role() != Role::kElement) {
    return Fail(EPERM, "attributes of a hidden file");
  }
  AttrChange block = change;
  block.size.reset();
  if (change.mode) {
    block.mode = *change.mode & 0666;
  }
  TRY(ChangeBlock(block));
  state_.Forget(NodeId::Directory(location_.ino));
  if (change.size) {
    TRY(handle != nullptr ? handle->Truncate(*change.size) : CutFile(id, *change.size));
  }
  return FileAttr(id);
}

}  // namespace shmount
