// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/list_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <utility>

#include "core/list/read.h"
#include "core/list/slot.h"
#include "core/nodes/attributes.h"
#include "core/nodes/list_text_handle.h"
#include "core/value/text_format.h"

namespace shmount {

// The node of one of the fixed names that every list has; for any other name the list's directory.
NodeId ListFiles::FixedName(std::string_view name) const {
  if (name == ".shm") {
    return state_.BlockId(location_.ino);
  }
  if (name == ".format") {
    return NodeId::Format(location_.ino);
  }
  return name == ".values" ? NodeId::Values(location_.ino) : NodeId::Directory(location_.ino);
}

Result<Type> ListFiles::TypeAt(std::uint64_t index) const {
  return ReadElementType(head_, shape_, index);
}

Result<std::uint64_t> ListFiles::TextSize(std::uint64_t index) const {
  const auto value = TRY(ReadElement(head_, shape_, index));
  return FormatText(value).size();
}

Status ListFiles::CheckCurrent(NodeId id) const {
  if (id.index() >= shape_.count || state_.hidden.IsHidden(KeyOf(block_), id.index())) {
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

Result<Attr> ListFiles::FileAttr(NodeId id) const {
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
  // An element shows one inode number, whatever its type and by whichever name it was looked up.
  const auto ino = NodeId::Element(location_.ino, id.index(), std::nullopt).raw();
  return Attr{ElementAttr(block_, ino, size.value_or(0)), 0};
}

Result<ElementSlot> ListFiles::SlotOf(NodeId id) const {
  TRY(CheckCurrent(id));
  const auto slot = TRY(LocateSlot(head_, shape_, id.index()));
  auto value = TRY(ReadElementIn(head_, shape_, id.index(), slot));
  return ElementSlot{slot.size, std::move(value)};
}

// Changes the block with the caller's rights. Later replies show the attributes that the block then
// has.
Status ListFiles::ChangeBlock(const AttrChange& change) {
  const ActAs as = TRY(state_.As(caller_));
  TRY(ApplyChange(*inode_, change));
  block_ = TRY(inode_->Restat());
  return {};
}

Status ListFiles::CutFile(NodeId id, std::uint64_t size) const {
  TRY(CheckCurrent(id));
  return OpenElement({.text = {.index = id.index(), .type = id.type()}}, true)->Truncate(size);
}

Result<Attr> ListFiles::SetFileAttr(NodeId id, const AttrChange& change, FileHandle* handle) {
  if (id.role() != Role::kElement) {
    return Fail(EPERM, "attributes of a hidden file");
  }
  AttrChange block = change;
  block.size.reset();
  if (change.mode) {
    block.mode = *change.mode & 0666;
  }
  // What may fail comes before the change, so that an error says that there was none.
  auto size =
      change.size ? *change.size : static_cast<std::uint64_t>(TRY(FileAttr(id)).attr.st_size);
  TRY(ChangeBlock(block));
  state_.Forget(NodeId::Directory(location_.ino));
  if (change.size) {
    TRY(handle != nullptr ? handle->Truncate(*change.size) : CutFile(id, *change.size));
    const auto now = FileAttr(id);
    size = now ? static_cast<std::uint64_t>(now->attr.st_size) : size;
  }
  const auto ino = NodeId::Element(location_.ino, id.index(), std::nullopt).raw();
  return Attr{ElementAttr(block_, ino, size), 0};
}

Result<std::unique_ptr<FileHandle>> ListFiles::OpenFile(NodeId id, int flags) {
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

// Other calls can use the file while it is open, and need not open it. If it was open for writing,
// the close is announced to the node table first, because it raises an event.
std::unique_ptr<FileHandle> ListFiles::OpenElement(ElementOpen open, bool writes) const {
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

Status ListFiles::Assign(std::uint64_t index, const Value& value) {
  return state_.writer.Assign(*file_, shape_, index, value);
}

}  // namespace shmount
