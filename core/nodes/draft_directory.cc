// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/draft_directory.h"

#include <dirent.h>
#include <fcntl.h>

#include <cstddef>
#include <cstdint>
#include <mutex>

#include "core/backing/act_as.h"
#include "core/backing/block_file.h"
#include "core/backing/classify.h"
#include "core/backing/dir_stream.h"
#include "core/backing/directory.h"
#include "core/backing/inode.h"
#include "core/backing/xattr_names.h"
#include "core/list/layout.h"
#include "core/nodes/attributes.h"
#include "core/nodes/block_handle.h"
#include "core/nodes/draft_handle.h"
#include "core/nodes/locate.h"
#include "core/nodes/stand_in_directory.h"
#include "core/store/draft.h"
#include "core/store/seal.h"
#include "core/value/element_name.h"
#include "core/value/text_parse.h"

namespace shmount {
namespace {

Result<Inode> FindFile(const Directory& draft, const char* name) {
  auto inode = TRY(draft.Find(name));
  return inode.is_block() ? Result<Inode>(std::move(inode)) : Fail(ENOENT, name);
}

// No watch reports changes in a draft, so the kernel must not cache anything of it.
Result<Found> PresentFile(VolumeState& state, const FileStat& st, std::uint64_t ino,
                          const char* name) {
  return state.PresentBlock(st, ino, name, 0);
}

// Checks that a change just made to a file comes before any seal of its draft. A file that was
// unlinked or replaced by a rename is in no seal.
Status CheckFile(const VolumeState& state, const Location& location) {
  const auto now = state.nodes.Find(location.ino);
  if (now && now->name.empty()) {
    return {};
  }
  return CheckDraft(state, location.parent);
}

class DraftReader final : public DirectoryReader {
 public:
  DraftReader(VolumeState& state, Directory draft, Inode inode, std::uint64_t ino, DirStream stream)
      : state_(state),
        draft_(std::move(draft)),
        ino_(ino),
        stream_(std::move(stream)),
        kept_(KeepFindable(state.open_blocks, ino,
                           std::make_shared<BlockFile>(std::move(inode).Release()))) {}

  Status Seek(std::uint64_t cookie) override { return stream_.Seek(cookie); }

  Result<bool> Next(Listed& listed) override {
    DirEntry entry;
    for (;;) {
      const auto more = stream_.Next(entry);
      if (!more || !*more) {
        return more;
      }
      const bool dots = entry.is_dots();
      if (dots || entry.type == DT_REG) {
        name_ = entry.name;
        listed = {entry.name, entry.ino, dots ? mode_t{S_IFDIR} : mode_t{S_IFREG}, entry.cookie};
        return true;
      }
    }
  }

  Result<Found> Lookup() override {
    const std::string name(name_);
    const auto inode = TRY(FindFile(draft_, name.c_str()));
    return PresentFile(state_, inode.stat(), ino_, name.c_str());
  }

 private:
  VolumeState& state_;
  Directory draft_;
  std::uint64_t ino_;
  DirStream stream_;
  const std::shared_ptr<void> kept_;  // so that it still has attributes after its removal
  std::string_view name_;
};

class DraftDirectory final : public DirectoryNode {
 public:
  DraftDirectory(VolumeState& state, Location location, Inode inode, Directory draft,
                 const Caller& caller)
      : state_(state),
        location_(std::move(location)),
        inode_(std::move(inode)),
        draft_(std::move(draft)),
        caller_(caller) {}

  Result<Found> Lookup(const char* name) override {
    TRY(MaySearch());
    const auto inode = TRY(FindFile(draft_, name));
    state_.second_looks.Hold(caller_.pid, inode);
    return PresentFile(state_, inode.stat(), location_.ino, name);
  }

  Result<std::unique_ptr<DirectoryReader>> OpenReader() override {
    auto stream = TRY(state_.ActingAs(caller_, [&] { return draft_.List(); }));
    return std::make_unique<DraftReader>(state_, std::move(draft_), std::move(inode_),
                                         location_.ino, std::move(stream));
  }

  Result<Attr> GetAttr() override {
    TRY(inode_.Refresh());
    return Attr{DraftAttr(inode_, NodeId::Directory(location_.ino)), 0};
  }

  Result<Attr> SetAttr(const AttrChange& change) override {
    AttrChange rest = change;
    if (change.size) {
      return Fail(EISDIR, "truncate");
    }
    const bool read_only = TRY(KindOfDraft(inode_)) == DraftKind::kReadOnly;
    const bool seals = change.mode ? (*change.mode & 0222) == 0 : change.times && read_only;
    if (seals) {
      rest.mode.reset();
    }
    const auto changed = state_.ActingAs(caller_, [&] {
      const auto done = ApplyChange(inode_, rest);
      return done && rest.mode && read_only ? OpenReadOnly(inode_) : done;
    });
    TRY(changed);
    return seals ? Seal() : GetAttr();
  }

  Result<Inode> XattrInode() override { return std::move(inode_); }

  Result<Opened> Create(const char* name, mode_t mode, int flags) override {
    auto file = state_.ActingAs(caller_, [&] { return draft_.Create(name, mode); });
    if (!file && file.error().code == EEXIST && (flags & O_EXCL) == 0) {
      file = OpenExisting(name, flags);
    }
    if (!file) {
      return std::unexpected(file.error());
    }
    TRY(CheckDraft(state_, location_.ino));
    return PresentOpened(state_, location_.ino, name, *std::move(file));
  }

  Result<Found> MakeNode(const char* name, mode_t mode) override {
    if (!S_ISREG(mode)) {
      return Fail(EPERM, name);
    }
    const auto opened = TRY(Create(name, mode, O_EXCL));
    return opened.found;
  }

  Status Unlink(const char* name) override {
    const ActAs as = TRY(state_.As(caller_));
    TRY(draft_.Unlink(name));
    LoseName(name);
    return CheckDraft(state_, location_.ino);
  }

  // A file that is renamed to an element's name must have a text that the element can have.
  Status Rename(const char* name, const char* new_name, unsigned flags) override {
    const ActAs as = TRY(state_.As(caller_));
    TRY(CheckNewName(name, new_name));
    const auto inode = draft_.Find(name);
    TRY(draft_.Rename(name, draft_, new_name, flags));
    if (inode) {
      if ((flags & RENAME_EXCHANGE) == 0) {
        LoseName(new_name);
      }
      state_.nodes.Move(state_.nodes.NumberOf(inode->key()), location_.ino, new_name);
    }
    return CheckDraft(state_, location_.ino);
  }

 private:
  Status MaySearch() const {
    const ActAs as = TRY(state_.As(caller_));
    return inode_.Access(X_OK);
  }

  Result<BlockFile> OpenExisting(const char* name, int flags) const {
    const auto inode = TRY(draft_.Find(name));
    const ActAs as = TRY(state_.As(caller_));
    return inode.Open((flags & ~O_ACCMODE) | O_RDWR);
  }

  Status CheckNewName(const char* name, const char* new_name) const {
    const auto to = ParseDraftName(new_name);
    if (!to || to == ParseDraftName(name)) {
      return {};
    }
    const auto inode = TRY(draft_.Find(name));
    if (static_cast<std::uint64_t>(inode.stat().st_size) > kMaxText + 1) {
      return Fail(EFBIG, new_name);
    }
    const auto file = TRY(inode.Open(O_RDONLY));
    std::string text(static_cast<std::size_t>(inode.stat().st_size), '\0');
    const auto n = TRY(file.ReadAt(0, std::as_writable_bytes(std::span(text))));
    text.resize(n);
    const auto value = TRY(ParseDraftText(*to->type, text));
    return Status{};
  }

  // An open file that loses its name stays usable. Without a name it is distinguished from a file
  // that a seal has unlinked.
  void LoseName(const char* name) {
    for (const std::uint64_t ino : state_.OpenBy(location_.ino, name)) {
      state_.nodes.Move(ino, location_.ino, "");
    }
  }

  // A caller who may not change the draft's mode must not learn from errors or the log what is in
  // it.
  Status CheckOwner() const {
    const ActAs as = TRY(state_.As(caller_));
    return inode_.SetMode(inode_.stat().st_mode & 07777);
  }

  // Seals the draft, and returns the attributes of the list.
  Result<Attr> Seal() {
    TRY(CheckOwner());
    const auto block = state_.ActingAs(caller_, [&] {
      return SealDraft(state_.staging, location_.name.c_str(), state_.managed.get());
    });
    if (!block) {
      state_.Log("cannot seal '" + location_.name + "': " + block.error().where);
      // The kernel looked the name up again, and it was another file's again.
      const bool busy = block.error().code == ESTALE && state_.second_looks.HasLooked(caller_.pid);
      return busy ? Fail(EBUSY, location_.name) : std::unexpected(block.error());
    }
    const auto number = state_.nodes.Become(location_.ino, KeyOf(*block), true);
    state_.Forget(NodeId::Root());  // the root's times have changed
    return Attr{ListAttr(*block, NodeId::Directory(number).raw()), state_.Ttl(kUnseen)};
  }

  VolumeState& state_;
  Location location_;
  Inode inode_;
  Directory draft_;
  Caller caller_;
};

}  // namespace

Result<Opened> PresentOpened(VolumeState& state, std::uint64_t ino, const char* name,
                             BlockFile file) {
  const auto st = TRY(file.Stat());
  const auto found = TRY(PresentFile(state, st, ino, name));
  return Opened{found, MakeDraftHandle(state, {found.id.ino(), ino, name}, std::move(file))};
}

std::unique_ptr<FileHandle> MakeDraftHandle(VolumeState& state, const Location& location,
                                            BlockFile file) {
  const auto shared = std::make_shared<BlockFile>(std::move(file));
  return MakeDraftHandle(shared,
                         {.name = location.name,
                          .check = [&state, location] { return CheckFile(state, location); },
                          .kept = KeepFindable(state.open_blocks, location.ino, shared)});
}

Result<std::unique_ptr<DirectoryNode>> MakeDraftDirectory(VolumeState& state,
                                                          const Location& location, Inode inode,
                                                          const Caller& caller) {
  if (TRY(KindOfDraft(inode)) == DraftKind::kStandIn) {
    return MakeStandInDirectory(location, std::move(inode));
  }
  auto draft = TRY(OpenDraft(state, location.ino));
  return std::make_unique<DraftDirectory>(state, location, std::move(inode), std::move(draft),
                                          caller);
}

}  // namespace shmount
