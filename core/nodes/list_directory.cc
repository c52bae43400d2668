// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/list_directory.h"

#include <fcntl.h>

#include <cstdint>

#include "core/backing/act_as.h"
#include "core/backing/block_file.h"
#include "core/backing/classify.h"
#include "core/backing/directory.h"
#include "core/backing/inode.h"
#include "core/list/read.h"
#include "core/list/recognise.h"
#include "core/list/slot.h"
#include "core/nodes/attributes.h"
#include "core/nodes/list_directory_reader.h"
#include "core/nodes/list_text_handle.h"
#include "core/nodes/thaw_directory.h"
#include "core/value/element_name.h"
#include "core/value/text_format.h"

namespace shmount {
namespace {

// A damaged element shows, empty, beside those that are whole; any other error may pass.
bool IsDamage(const Error& error) { return error.code == EIO; }

}  // namespace

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
                                                            const struct stat& block,
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
  state_.nodes.Remember(location_, {.is_list = true, .size = block_.st_size});
  return {id, attr, state_.Ttl(entry_ttl), state_.Ttl(attr_ttl)};
}

// The node of a name that every list has; the list's own directory for any other name.
NodeId ListDirectory::FixedName(std::string_view name) const {
  if (name == ".shm") {
    return state_.BlockId(location_.ino);
  }
  if (name == ".format") {
    return NodeId::Format(location_.ino);
  }
  return name == ".values" ? NodeId::Values(location_.ino) : NodeId::Directory(location_.ino);
}

Result<Type> ListDirectory::TypeAt(std::uint64_t index) const {
  return ReadElementType(head_, shape_, index);
}

Result<std::uint64_t> ListDirectory::TextSize(std::uint64_t index) const {
  const auto value = TRY(ReadElement(head_, shape_, index));
  return FormatText(value).size();
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
    const auto directory = TRY(PrivateDirectory());
    return directory->Lookup(name);
  }
  if (state_.hidden.IsHidden(location_.ino, element->index)) {
    return Fail(ENOENT, name);
  }
  const NodeId id = NodeId::Element(location_.ino, element->index, element->type);
  // A created name is found before its first write gives the element the type.
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
  // The name may be kept for good: a node whose type has changed answers ESTALE.
  return Remember(id, attr->attr, created ? 0 : kForever, 0);
}

Result<std::unique_ptr<DirectoryReader>> ListDirectory::OpenReader() {
  return MakeListReader(state_, location_, *std::move(inode_), shape_);
}

Result<Attr> ListDirectory::GetAttr() {
  return Attr{TimedListAttr(*inode_, block_, NodeId::Directory(location_.ino).raw()),
              state_.Ttl(kUnseen)};
}

Status ListDirectory::CheckCurrent(NodeId id) const {
  if (id.index() >= shape_.count || state_.hidden.IsHidden(location_.ino, id.index())) {
    return Fail(ESTALE, "element");
  }
  if (!id.type() || state_.created.Contains(id.raw())) {
    return {};
  }
  const auto type = TypeAt(id.index());
  if (!type && !IsDamage(type.error())) {
    return std::unexpected(type.error());
  }
  return type && *type == *id.type() ? Status{} : Fail(ESTALE, "element of another type");
}

Result<Attr> ListDirectory::FileAttr(NodeId id) const {
  if (id.role() != Role::kElement) {
    struct stat st = ElementAttr(block_, id.raw(), 0);
    st.st_mode &= ~mode_t{0222};
    return Attr{st, 0};
  }
  TRY(CheckCurrent(id));
  const auto type = TypeAt(id.index());
  if (!type && !IsDamage(type.error())) {
    return std::unexpected(type.error());
  }
  const bool readable = type && (!id.type() || *id.type() == *type);
  const auto size = readable ? TextSize(id.index()) : Result<std::uint64_t>(0);
  if (!size && !IsDamage(size.error())) {
    return std::unexpected(size.error());
  }
  // One number for an element, whatever its type and the name it was asked for by.
  const auto ino = NodeId::Element(location_.ino, id.index(), std::nullopt).raw();
  return Attr{ElementAttr(block_, ino, size.value_or(0)), 0};
}

Result<ElementSlot> ListDirectory::SlotOf(NodeId id) const {
  TRY(CheckCurrent(id));
  const auto slot = TRY(LocateSlot(head_, shape_, id.index()));
  auto value = TRY(ReadElementIn(head_, shape_, id.index(), slot));
  return ElementSlot{slot.size, std::move(value)};
}

Result<std::unique_ptr<FileHandle>> ListDirectory::OpenFile(NodeId id, int flags) {
  const bool writes = (flags & O_ACCMODE) != O_RDONLY;
  if (id.role() != Role::kElement) {
    if (writes) {
      return Fail(EACCES, "read only");
    }
    return id.role() == Role::kFormat ? MakeFormatHandle(file_, shape_)
                                      : MakeValuesHandle(file_, shape_);
  }
  TRY(CheckCurrent(id));
  const bool cuts = (flags & O_TRUNC) != 0;
  return OpenElement({.text = {.index = id.index(), .type = id.type(), .empty = cuts}}, writes);
}

// While it is open the file is found by others, who need not open it; the close of one that wrote
// is announced before it comes.
std::unique_ptr<FileHandle> ListDirectory::OpenElement(ElementOpen open, bool writes) const {
  state_.open_lists.Add(location_.ino, file_);
  const auto closing = [&state = state_, ino = location_.ino, writes](const BlockFile* file) {
    state.open_lists.Remove(ino, file);
    if (writes) {
      state.nodes.AddOwnClose(ino);
    }
  };
  const auto type =
      open.text.type ? *open.text.type : TypeAt(open.text.index).value_or(Type::kNone);
  open.text.may_hold = writes && type == Type::kStr;
  open.kept = std::shared_ptr<BlockFile>(file_.get(), closing);
  return MakeElementHandle(file_, shape_, std::move(open), state_.writer);
}

Result<std::unique_ptr<DirectoryNode>> ListDirectory::Thaw(ThawTo to) const {
  to.manager = state_.managed.get();
  return ThawDirectory(state_, location_, *inode_, *file_, to, caller_);
}

Result<Opened> ListDirectory::Create(const char* name, mode_t mode, int flags) {
  if (shape_.count == 0 && FixedName(name).role() == Role::kDirectory) {
    const auto draft = TRY(Thaw(
        {.mode = (ListAttr(block_, 0).st_mode & 0777) | S_IWUSR, .file = name, .file_mode = mode}));
    return draft->Create(name, mode, flags & ~O_EXCL);
  }
  const auto element = ParseElementName(name, shape_.count);
  if (!element) {
    return CreatePrivate(name, mode, flags);
  }
  const std::uint64_t index = element->index;
  state_.hidden.Show(location_.ino, index);
  std::optional<Value> before;
  if (element->type == Type::kNone) {
    // Most often nothing is written to it, and the element is to be None when close() returns.
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

// tar(1) makes a file so that is to have attributes.
Result<Found> ListDirectory::MakeNode(const char* name, mode_t mode) {
  if (!S_ISREG(mode) || shape_.count > 0) {
    return Fail(EPERM, name);
  }
  const auto opened = TRY(Create(name, mode & 07777, O_EXCL));
  return opened.found;
}

Status ListDirectory::Assign(std::uint64_t index, const Value& value) {
  return state_.writer.Assign(*file_, shape_, index, value);
}

}  // namespace shmount
