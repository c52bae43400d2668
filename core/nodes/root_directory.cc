// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/root_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>

#include "core/backing/act_as.h"
#include "core/backing/block_file.h"
#include "core/backing/block_name.h"
#include "core/backing/classify.h"
#include "core/backing/inode.h"
#include "core/list/build.h"
#include "core/nodes/attributes.h"
#include "core/nodes/block_handle.h"
#include "core/nodes/root_directory_reader.h"
#include "core/store/create.h"
#include "core/store/draft.h"
#include "core/store/journal.h"
#include "core/store/swap.h"

namespace shmount {
namespace {

class RootDirectory final : public DirectoryNode {
 public:
  RootDirectory(VolumeState& state, const Caller& caller) : state_(state), caller_(caller) {}

  Result<Found> Lookup(const char* name) override {
    TRY(state_.CheckRoot(caller_, X_OK));
    const auto entry = Find(name);
    if (!entry) {
      state_.nodes.SetAbsent(name);
      return std::unexpected(entry.error());
    }
    state_.second_looks.Hold(caller_.pid, entry->inode);
    return state_.Present(*entry, name);
  }

  Result<std::unique_ptr<DirectoryReader>> OpenReader() override {
    TRY(state_.CheckRoot(caller_, R_OK));
    return MakeRootReader(state_);
  }

  Result<Attr> GetAttr() override {
    auto st = TRY(state_.backing.Stat());
    st.st_ino = NodeId::kRootIno;
    return Attr{st, state_.Ttl(kForever)};
  }

  // Sets times on the backing. A mode or owner that the backing has already is accepted: tools that
  // restore a whole mount set these at the end.
  Result<Attr> SetAttr(const AttrChange& change) override {
    if (change.size) {
      return Fail(EISDIR, "truncate");
    }
    const auto inode = TRY(state_.backing.Find("."));
    const struct stat& st = inode.stat();
    const mode_t mode = st.st_mode & 07777;
    if ((change.mode.value_or(mode) & 07777) != mode ||
        change.uid.value_or(st.st_uid) != st.st_uid ||
        change.gid.value_or(st.st_gid) != st.st_gid) {
      return Fail(EPERM, "the root has the backing's mode and owner");
    }
    AttrChange times;
    times.times = change.times;
    TRY(state_.ActingAs(caller_, [&] { return ApplyChange(inode, times); }));
    state_.listing.Set({}, 0);  // a time that was set no longer tells of changes
    return GetAttr();
  }

  Result<Inode> XattrInode() override { return Fail(ENOTSUP, "xattr"); }

  Result<Opened> Create(const char* name, mode_t mode, int flags) override {
    if (!IsVisible(name, state_.options.semaphores)) {
      return Fail(EPERM, name);
    }
    auto file = CreateBlock(name, mode);
    if (!file) {
      if (file.error().code == EEXIST && (flags & O_EXCL) == 0) {
        return OpenExisting(name, flags);
      }
      return std::unexpected(file.error());
    }
    auto opened = Present(name, *std::move(file));
    if (opened) {
      state_.nodes.SetCreated(opened->found.id.ino(), name);
    }
    return opened;
  }

  Result<Found> MakeNode(const char* name, mode_t mode) override {
    if (!S_ISREG(mode)) {
      return Fail(EPERM, "mknod");
    }
    auto opened = TRY(Create(name, mode, O_EXCL));
    return opened.found;
  }

  Result<Found> MakeDirectory(const char* name, mode_t mode) override {
    if (!IsVisible(name, state_.options.semaphores)) {
      return Fail(EPERM, name);
    }
    const bool is_list = (mode & 0222) == 0;
    auto made = TRY(state_.ActingAs(caller_, [&] {
      return is_list ? MakeEmptyList(name, mode)
                     : MakeDraft(state_.staging, name, mode, state_.managed.get());
    }));
    const Kind kind = is_list ? Kind::kList : Kind::kDraft;
    auto found = state_.Present({kind, std::move(made), {}, kForever}, name);
    if (found) {
      state_.nodes.SetCreated(found->id.ino(), name);
    }
    return found;
  }

  Status Link(const Inode& inode, const char* name) override {
    if (!IsVisible(name, state_.options.semaphores)) {
      return Fail(EPERM, name);
    }
    const ActAs as = TRY(state_.As(caller_));
    return state_.backing.Link(inode, name);
  }

  Status Unlink(const char* name) override {
    // The kernel takes the name for a file's. For unlink(2), a list is its block.
    const auto entry = TRY(Find(name));
    if (entry.kind == Kind::kDraft) {
      return Fail(ESTALE, name);
    }
    const ActAs as = TRY(state_.As(caller_));
    auto done = state_.backing.Unlink(name);
    if (done && entry.kind == Kind::kList) {
      state_.hidden.Drop(entry.inode.key());
    }
    return done;
  }

  Status RemoveDirectory(const char* name) override {
    const auto entry = TRY(Find(name));
    const ActAs as = TRY(state_.As(caller_));
    switch (entry.kind) {
      case Kind::kBlock:
        return Fail(ESTALE, name);  // the kernel still takes it for a directory
      case Kind::kDraft:
        return state_.backing.RemoveDirectory(name);
      case Kind::kList:
        break;
    }
    if (!IsEmptied(entry)) {
      return Fail(ENOTEMPTY, name);
    }
    auto done = state_.backing.Unlink(name);
    if (done) {
      state_.DropList(entry.inode.key());
    }
    return done;
  }

  Status Rename(const char* name, const char* new_name, unsigned flags) override {
    const auto entry = TRY(Find(name));
    if (!IsVisible(new_name, state_.options.semaphores)) {
      return Fail(EPERM, new_name);
    }
    const auto target = Find(new_name);
    if (!target && target.error().code != ENOENT) {
      return std::unexpected(target.error());
    }
    const bool replaces = target && (flags & (RENAME_EXCHANGE | RENAME_NOREPLACE)) == 0;
    if (replaces && target->kind == Kind::kList && !IsEmptied(*target)) {
      const auto cached = state_.nodes.FindCached(state_.nodes.NumberOf(target->inode.key()));
      if (!cached) {
        return Fail(ESTALE, new_name);  // the kernel has cached another file under the name
      }
      if (cached->is_list) {
        return Fail(ENOTEMPTY, new_name);
      }
    }
    const bool kinds_differ = replaces && entry.kind != Kind::kBlock &&
                              target->kind != Kind::kBlock && entry.kind != target->kind;
    const ActAs as = TRY(state_.As(caller_));
    auto done = kinds_differ ? Replace(name, new_name, target->inode)
                             : state_.backing.Rename(name, state_.backing, new_name, flags);
    if (done) {
      state_.nodes.Move(state_.nodes.NumberOf(entry.inode.key()), 0, new_name);
      if (target && (flags & RENAME_EXCHANGE) != 0) {
        state_.nodes.Move(state_.nodes.NumberOf(target->inode.key()), 0, name);
      }
    }
    return done;
  }

 private:
  Result<Entry> Find(const char* name) const {
    if (!IsVisible(name, state_.options.semaphores)) {
      return Fail(ENOENT, name);
    }
    return state_.FindEntry(name);
  }

  // mkdir(2) without a write bit makes an empty list at once. Its first file thaws it.
  Result<Inode> MakeEmptyList(const char* name, mode_t mode) const {
    const mode_t block = BlockModeFromList(0600, mode | S_IRUSR);
    const auto file = TRY(PrepareList(state_.backing, ListBuilder(), block, state_.managed.get()));
    auto inode = TRY(Inode::Of(file));
    TRY(state_.backing.Publish(file, name));
    TRY(inode.Refresh());
    return inode;
  }

  Result<BlockFile> CreateBlock(const char* name, mode_t mode) const {
    const ActAs as = TRY(state_.As(caller_));
    if (!state_.managed) {
      return state_.backing.Create(name, mode);
    }
    // Set its xattr before it gets its name, so that a kill leaves no list without it.
    auto file = TRY(state_.backing.CreateUnnamed(mode));
    const auto inode = Inode::Of(file);
    if (const auto taken =
            inode ? state_.managed->Take(*inode) : Status(std::unexpected(inode.error()));
        !taken) {
      return std::unexpected(taken.error());
    }
    TRY(state_.backing.Publish(file, name));
    return file;
  }

  Result<Opened> Present(const char* name, BlockFile file) {
    const auto st = TRY(file.Stat());
    auto found = TRY(state_.PresentBlock(st, 0, name, kUnseen));
    found.entry_ttl = 0;  // Python may be about to make a list of it
    auto handle = TRY(MakeBlockHandle(state_.open_blocks, found.id.ino(), std::move(file)));
    Opened opened{found, std::move(handle)};
    if (opened.found.id.role() == Role::kLink) {
      // The reply must be the regular file that the caller asked for. The next lookup shows the
      // link.
      opened.found = {NodeId::Block(found.id.ino()), st, 0, 0};
    }
    return opened;
  }

  Result<Opened> OpenExisting(const char* name, int flags) {
    const auto entry = TRY(Find(name));
    if (entry.kind != Kind::kBlock) {
      return Fail(EISDIR, name);
    }
    auto file = TRY(state_.ActingAs(caller_, [&] { return entry.inode.Open(flags & ~O_NOATIME); }));
    return Present(name, std::move(file));
  }

  bool IsEmptied(const Entry& list) const {
    return state_.hidden.AllHidden(list.inode.key(), list.shape.count);
  }

  // Replaces one directory by another. In the backing a list is a file and a draft is a directory,
  // and rename(2) cannot replace one by the other. So the two exchange their names, and then the
  // old one is removed.
  Status Replace(const char* name, const char* new_name, const Inode& old) const {
    const auto swap = [&] {
      return state_.backing.Rename(name, state_.backing, new_name, RENAME_EXCHANGE);
    };
    const auto entry = TRY(JournalEntry::OfRemoval(state_.staging, old.stat().st_ino, name));
    TRY(swap());
    auto gone = RemoveMeant(state_.staging, name, old.stat(), Contents::kKept);
    if (!gone) {
      (void)swap();
    }
    return gone;
  }

  VolumeState& state_;
  Caller caller_;
};

}  // namespace

std::unique_ptr<DirectoryNode> MakeRootDirectory(VolumeState& state, const Caller& caller) {
  return std::make_unique<RootDirectory>(state, caller);
}

}  // namespace shmount
