// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/list_directory.h"

#include <fcntl.h>
#include <linux/capability.h>

#include <cstdint>
#include <cstdio>
#include <string>

#include "core/backing/classify.h"
#include "core/base/time_order.h"
#include "core/list/read.h"
#include "core/list/recognise.h"
#include "core/nodes/attributes.h"
#include "core/nodes/draft_directory.h"
#include "core/nodes/list_directory_reader.h"
#include "core/nodes/thaw_directory.h"
#include "core/store/list_time.h"
#include "core/value/text_format.h"
#include "core/value/text_parse.h"

namespace shmount {
Result<std::unique_ptr<ListDirectory>> ListDirectory::Open(VolumeState& state,
                                                           const Location& location, Inode inode,
                                                           int access, const Caller& caller) {
  if (inode.is_directory()) {
    return Fail(ESTALE, "a draft now");
  }
  auto file = TRY(state.ActingAs(caller, [&] { return inode.Open(access); }));
  std::unique_ptr<ListDirectory> list(new ListDirectory(
      state, location, inode.stat(), std::make_shared<BlockFile>(std::move(file)), caller));
  list->shape_ = TRY(ShapeOf(list->head_, inode));
  list->inode_ = std::move(inode);
  return list;
}

Result<std::unique_ptr<ListDirectory>> ListDirectory::Share(VolumeState& state,
                                                            const Location& location,
                                                            std::shared_ptr<BlockFile> file,
                                                            const FileStat& block,
                                                            const Caller& caller) {
  std::unique_ptr<ListDirectory> list(
      new ListDirectory(state, location, block, std::move(file), caller));
  const auto size = static_cast<std::uint64_t>(block.st_size);
  const auto seen = TRY(RecogniseList(list->head_, size, /*has_list_xattr=*/false));
  if (seen.likeness == Likeness::kBlock) {
    return Fail(ESTALE, "no longer a list");
  }
  list->shape_ = seen.shape;
  return list;
}

Found ListDirectory::Remember(NodeId id, const struct stat& attr, Seconds entry_ttl,
                              Seconds attr_ttl) const {
  state_.nodes.Remember(KeyOf(block_), location_, {.is_list = true, .size = block_.st_size});
  return {id, attr, state_.Ttl(entry_ttl), state_.Ttl(attr_ttl)};
}

Result<Found> ListDirectory::Lookup(const char* name) {
  const NodeId fixed = FixedName(name);
  if (fixed.role() == Role::kBlock || fixed.role() == Role::kLink) {
    auto found = Remember(fixed, BlockAttr(block_, fixed, state_.LinkTarget(location_.name)),
                          kForever, kUnseen);
    state_.nodes.SetAttributes(location_.ino, block_);
    return found;
  }
  if (fixed.role() != Role::kDirectory) {
    return Remember(fixed, TRY(FileAttr(fixed)).attr, kForever, 0);
  }
  const auto element = ParseElementName(name, shape_.count);
  if (!element) {
    return Private().Lookup(name);
  }
  if (state_.hidden.IsHidden(KeyOf(block_), element->index)) {
    return Fail(ENOENT, name);
  }
  const NodeId id = NodeId::Element(location_.ino, element->index, element->type);
  // A name created by O_CREAT is found even before the first write gives the element its type.
  const bool created = state_.created.Contains(id.raw());
  if (element->type && !created) {
    const auto type = TypeAt(element->index);
    if (!type && !IsDamage(type.error())) {
      return std::unexpected(type.error());
    }
    if (!type || *type != *element->type) {
      return Fail(ENOENT, name);
    }
  }
  const auto attr = FileAttr(id);
  if (!attr) {
    return std::unexpected(attr.error());
  }
  // The kernel may cache the name for good: if the element's type changes, calls on this node are
  // ESTALE.
  return Remember(id, attr->attr, created ? 0 : kForever, 0);
}

Result<std::unique_ptr<DirectoryReader>> ListDirectory::OpenReader() {
  return MakeListReader(state_, location_, *std::move(inode_), shape_);
}

Result<Attr> ListDirectory::GetAttr() {
  return Attr{TimedListAttr(*inode_, block_, NodeId::Directory(location_.ino).raw()),
              state_.Ttl(kUnseen)};
}

// Setting the directory's time to another than now does not change that of the elements.
Status ListDirectory::ChangeTimes(const std::array<struct timespec, 2>& times) {
  const struct timespec& modified = times[1];
  const bool given = modified.tv_nsec != UTIME_NOW && modified.tv_nsec != UTIME_OMIT;
  AttrChange block;
  block.times = {times[0], given ? block_.st_mtim : modified};  // fails without the right to set it
  TRY(ChangeBlock(block));
  if (modified.tv_nsec == UTIME_OMIT) {
    return {};
  }
  return state_.ActingAs(caller_, [&] {
    const bool same = SameTime(modified, block_.st_mtim);
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
      AttrChange rest = change;
      rest.mode.reset();
      const auto draft = TRY(Thaw({.mode = *change.mode & 07777, .change = [&](const Inode& made) {
                                     return ApplyChange(made, rest);
                                   }}));
      return Attr{DraftAttr(draft.inode, NodeId::Directory(location_.ino)), 0};
    }
    block.mode = BlockModeFromList(block_.st_mode, *change.mode);
  }
  block.times.reset();
  TRY(ChangeBlock(block));
  TRY(change.times ? ChangeTimes(*change.times) : Status{});
  return GetAttr();
}

Result<Thawed> ListDirectory::Thaw(ThawTo to) {
  to.manager = state_.managed.get();
  return ThawDirectory(state_, location_, *inode_, *file_, to, caller_);
}

Result<Opened> ListDirectory::Create(const char* name, mode_t mode, int flags) {
  if (shape_.count == 0 && FixedName(name).role() == Role::kDirectory) {
    auto draft = TRY(Thaw(
        {.mode = (ListAttr(block_, 0).st_mode & 0777) | S_IWUSR, .file = name, .file_mode = mode}));
    return PresentOpened(state_, location_.ino, name, *std::move(draft.file));
  }
  const auto element = ParseElementName(name, shape_.count);
  if (!element) {
    // The length of a list is fixed.
    return MayBePrivate(name) ? Private().Create(name, mode, flags) : Fail(EPERM, name);
  }
  const std::uint64_t index = element->index;
  state_.hidden.Show(KeyOf(block_), index);
  std::optional<Value> before;
  if (element->type == Type::kNone) {
    // Most often nothing is written to a file `.none`, and the element must be None when close()
    // returns.
    if (auto value = ReadElement(head_, shape_, index)) {
      before = *std::move(value);
    }
    TRY(Assign(index, None{}));
  }
  const NodeId id = NodeId::Element(location_.ino, index, element->type);
  ElementOpen open{.text = {.index = index, .type = element->type, .empty = true, .before = {}}};
  open.text.before = std::move(before);
  open.created = state_.created.Add(id.raw());
  const auto ino = NodeId::Element(location_.ino, index, std::nullopt).raw();
  Opened opened{Remember(id, ElementAttr(block_, ino, 0), 0, 0), nullptr};
  opened.handle = OpenElement(std::move(open), true);
  return opened;
}

// tar(1) makes a file by mknod(2) if it is to have xattrs.
Result<Found> ListDirectory::MakeNode(const char* name, mode_t mode) {
  if (!S_ISREG(mode) || shape_.count > 0) {
    return Fail(EPERM, name);
  }
  const auto opened = TRY(Create(name, mode & 07777, O_EXCL));
  return opened.found;
}

bool ListDirectory::MayBePrivate(std::string_view name) const {
  return !IsElementForm(name) && FixedName(name).role() == Role::kDirectory;
}

bool ListDirectory::MayRemove() const {
  return !state_.options.multi_user || caller_.uid == block_.st_uid ||
         IsCapable(caller_, CAP_FOWNER);
}

Status ListDirectory::Unlink(const char* name) {
  const NodeId id = FixedName(name);
  if (id.role() == Role::kBlock || id.role() == Role::kLink) {
    const auto done =
        state_.ActingAs(caller_, [&] { return state_.backing.Unlink(location_.name.c_str()); });
    if (done) {
      state_.DropList(KeyOf(block_));
    }
    return done;
  }
  const auto element = ParseElementName(name, shape_.count);
  if (id.role() == Role::kDirectory && !element) {
    return Private().Unlink(name);
  }
  if (!element || !MayRemove()) {
    return Fail(EPERM, name);
  }
  if (element->type) {
    const auto type = TypeAt(element->index);
    if (type && *type != *element->type) {
      return Fail(ESTALE, name);  // the element has another type now, and so another name
    }
  }
  state_.hidden.Hide(KeyOf(block_), element->index, shape_.count);
  state_.DropGoneLists();
  return {};
}

// Assigns the file's text to the element and removes the file. If the text is refused, the file
// stays.
Status ListDirectory::RenameOntoElement(const char* name, const ElementName& to, unsigned flags) {
  const std::string text = TRY(Private().Read(name));
  const auto there = TypeAt(to.index);
  const bool shows = !state_.hidden.IsHidden(KeyOf(block_), to.index) &&
                     (!to.type || (there && *there == *to.type));
  if (shows && (flags & RENAME_NOREPLACE) != 0) {
    return Fail(EEXIST, name);
  }
  const auto type = to.type ? *to.type : TRY(there);
  const auto value = TRY(ParseText(type, text));
  TRY(Assign(to.index, value));
  state_.hidden.Show(KeyOf(block_), to.index);
  (void)Private().Unlink(name);  // the rename has succeeded even if this fails
  return {};
}

Status ListDirectory::Rename(const char* name, const char* new_name, unsigned flags) {
  const auto from = ParseElementName(name, shape_.count);
  const auto to = ParseElementName(new_name, shape_.count);
  if (MayBePrivate(name) && MayBePrivate(new_name)) {
    return Private().Rename(name, new_name, flags);
  }
  if ((flags & RENAME_EXCHANGE) == 0 && MayBePrivate(name) && to) {
    return RenameOntoElement(name, *to, flags);
  }
  if ((flags & RENAME_EXCHANGE) != 0 || !from || !to || from->index != to->index || !to->type) {
    return Fail(EPERM, new_name);
  }
  const auto value = TRY(ReadElement(head_, shape_, from->index));
  if (from->type && *from->type != TypeOf(value)) {
    return Fail(ESTALE, name);
  }
  const auto converted = TRY(ConvertValue(value, *to->type));
  return Assign(from->index, converted);
}

}  // namespace shmount
