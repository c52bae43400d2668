// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/private_directory.h"

#include <fcntl.h>

#include <cstddef>
#include <span>
#include <utility>

#include "core/backing/directory.h"
#include "core/backing/inode.h"
#include "core/list/layout.h"
#include "core/nodes/draft_directory.h"

namespace shmount {

Result<std::unique_ptr<DirectoryNode>> PrivateDirectory::Open() const {
  const auto directory = TRY(state_.private_files.Find(list_.ino, list_.name, caller_.uid));
  auto inode = TRY(directory.Find("."));
  const Location location{.ino = inode.stat().st_ino, .parent = list_.ino, .name = ""};
  return MakeDraftDirectory(state_, location, std::move(inode), caller_);
}

Result<Found> PrivateDirectory::Lookup(const char* name) const {
  const auto directory = TRY(Open());
  return directory->Lookup(name);
}

Result<Opened> PrivateDirectory::Create(const char* name, mode_t mode, int flags) const {
  TRY(state_.ActingAs(
      caller_, [&] { return state_.private_files.Make(list_.ino, list_.name, caller_.uid); }));
  const auto directory = TRY(Open());
  auto opened = directory->Create(name, mode, flags);
  if (!opened) {
    state_.private_files.DropEmpty(list_.ino, caller_.uid);
  }
  return opened;
}

Status PrivateDirectory::Unlink(const char* name) const {
  const auto directory = TRY(Open());
  TRY(directory->Unlink(name));
  state_.private_files.DropEmpty(list_.ino, caller_.uid);
  return {};
}

Status PrivateDirectory::Rename(const char* name, const char* new_name, unsigned flags) const {
  const auto directory = TRY(Open());
  return directory->Rename(name, new_name, flags);
}

Result<std::string> PrivateDirectory::Read(const char* name) const {
  const auto directory = TRY(state_.private_files.Find(list_.ino, list_.name, caller_.uid));
  const auto inode = TRY(directory.Find(name));
  if (inode.stat().st_size > static_cast<off_t>(kMaxSlot + 1)) {
    return Fail(EFBIG, name);
  }
  const auto file = TRY(state_.ActingAs(caller_, [&] { return inode.Open(O_RDONLY); }));
  std::string text(static_cast<std::size_t>(inode.stat().st_size), '\0');
  text.resize(TRY(file.ReadAt(0, std::as_writable_bytes(std::span(text)))));
  return text;
}

}  // namespace shmount
