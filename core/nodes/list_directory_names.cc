// SPDX-License-Identifier: Apache-2.0
// What becomes of names in a list: unlink, rename, and the names that are no element's.
#include <fcntl.h>
#include <linux/capability.h>

#include <cstdint>
#include <cstdio>

#include "core/list/read.h"
#include "core/nodes/draft_directory.h"
#include "core/nodes/list_directory.h"
#include "core/value/text_format.h"
#include "core/value/text_parse.h"

namespace shmount {

Result<std::unique_ptr<DirectoryNode>> ListDirectory::PrivateDirectory() const {
  const auto directory = TRY(state_.private_files.Find(location_.ino, location_.name, caller_.uid));
  auto inode = TRY(directory.Find("."));
  const Location location{.ino = inode.stat().st_ino, .parent = location_.ino, .name = ""};
  return MakeDraftDirectory(state_, location, std::move(inode), caller_);
}

bool ListDirectory::MayBePrivate(std::string_view name) const {
  return !IsElementForm(name) && FixedName(name).role() == Role::kDirectory;
}

Result<Opened> ListDirectory::CreatePrivate(const char* name, mode_t mode, int flags) {
  if (!MayBePrivate(name)) {
    return Fail(EPERM, name);  // the length of a list is fixed
  }
  TRY(state_.ActingAs(caller_, [&] {
    return state_.private_files.Make(location_.ino, location_.name, caller_.uid);
  }));
  const auto directory = TRY(PrivateDirectory());
  auto opened = directory->Create(name, mode, flags);
  if (!opened) {
    state_.private_files.DropEmpty(location_.ino, caller_.uid);
  }
  return opened;
}

Status ListDirectory::UnlinkPrivate(const char* name) {
  const auto directory = TRY(PrivateDirectory());
  TRY(directory->Unlink(name));
  state_.private_files.DropEmpty(location_.ino, caller_.uid);
  return {};
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
      state_.DropList(location_.ino);
    }
    return done;
  }
  const auto element = ParseElementName(name, shape_.count);
  if (id.role() == Role::kDirectory && !element) {
    return UnlinkPrivate(name);
  }
  if (!element || !MayRemove()) {
    return Fail(EPERM, name);
  }
  if (element->type) {
    const auto type = TypeAt(element->index);
    if (type && *type != *element->type) {
      return Fail(ESTALE, name);  // the name has gone with the type
    }
  }
  state_.hidden.Hide(location_.ino, element->index, shape_.count);
  state_.DropGoneLists();
  return {};
}

Status ListDirectory::Rename(const char* name, const char* new_name, unsigned flags) {
  const auto from = ParseElementName(name, shape_.count);
  const auto to = ParseElementName(new_name, shape_.count);
  if (MayBePrivate(name) && MayBePrivate(new_name)) {
    const auto directory = TRY(PrivateDirectory());
    return directory->Rename(name, new_name, flags);
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

// The element takes the file's text as its value, or refuses it and the file stays.
Status ListDirectory::RenameOntoElement(const char* name, const ElementName& to, unsigned flags) {
  const auto directory = TRY(state_.private_files.Find(location_.ino, location_.name, caller_.uid));
  const auto inode = TRY(directory.Find(name));
  const auto there = TypeAt(to.index);
  const bool shows = !state_.hidden.IsHidden(location_.ino, to.index) &&
                     (!to.type || (there && *there == *to.type));
  if (shows && (flags & RENAME_NOREPLACE) != 0) {
    return Fail(EEXIST, name);
  }
  const auto type = to.type ? *to.type : TRY(there);
  if (inode.stat().st_size > static_cast<off_t>(kMaxSlot + 1)) {
    return Fail(EFBIG, name);
  }
  const auto file = TRY(state_.ActingAs(caller_, [&] { return inode.Open(O_RDONLY); }));
  std::string text(static_cast<std::size_t>(inode.stat().st_size), '\0');
  text.resize(TRY(file.ReadAt(0, std::as_writable_bytes(std::span(text)))));
  const auto value = TRY(ParseText(type, text));
  TRY(Assign(to.index, value));
  state_.hidden.Show(location_.ino, to.index);
  (void)UnlinkPrivate(name);  // it is done
  return {};
}

}  // namespace shmount
