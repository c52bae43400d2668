// SPDX-License-Identifier: Apache-2.0
#include "core/lifetime/backing_files.h"

#include <unistd.h>

#include <cstdint>
#include <string_view>

#include "core/backing/node_id.h"
#include "core/proc/maps.h"

namespace shmount {
namespace {

/// The backing's file system and path. Its mount may exist only in mount namespaces of other
/// processes.
Result<std::optional<FsPath>> Locate(const Directory& backing) {
  const auto self = TRY(Process::Open(getpid()));
  const std::string number = std::to_string(backing.fd());
  const auto path = TRY(self.ReadLink(("fd/" + number).c_str()));
  const auto info = TRY(self.Read(("fdinfo/" + number).c_str()));
  std::string_view mount_text = ProcField(info, "mnt_id");
  std::uint64_t mount = 0;
  TakeNumber(mount_text, 10, mount);
  auto located = MountTable::Parse(TRY(self.Read("mountinfo"))).Resolve(path, mount);
  if (located) {
    return located;
  }
  for (const pid_t pid : TRY(ListProcesses())) {
    const auto process = Process::Open(pid);
    const auto mounts = process ? process->Read("mountinfo") : std::unexpected(process.error());
    auto there = mounts ? MountTable::Parse(*mounts).Resolve(path, mount) : std::nullopt;
    if (there) {
      return there;
    }
  }
  return std::nullopt;
}

/// The user who mounted a FUSE file system, read from its mount options.
std::optional<uid_t> OwnerOf(std::string_view options) {
  constexpr std::string_view kOption = "user_id=";
  const std::size_t at = options.find(kOption);
  std::string_view text = at == std::string_view::npos ? "" : options.substr(at + kOption.size());
  uid_t owner = 0;
  return TakeNumber(text, 10, owner) ? std::optional(owner) : std::nullopt;
}

}  // namespace

bool BackingFiles::Mount::IsTrusted() const {
  return owner && (*owner == 0 || *owner == geteuid());
}

Result<BackingFiles> BackingFiles::Of(const Directory& backing, std::unordered_set<ino_t> blocks) {
  BackingFiles files(std::move(blocks));
  const auto st = TRY(backing.Stat());
  files.own_.insert(st.st_dev);
  files.backing_ = TRY(Locate(backing));
  if (files.backing_) {
    // /proc/PID/maps shows this device, which can differ from that of stat(2)
    files.own_.insert(files.backing_->device);
  }
  return files;
}

void BackingFiles::AddMountsOf(const Process& process) {
  const auto name_space = process.ReadLink("ns/mnt");
  if (!backing_ || !name_space || !namespaces_.insert(*name_space).second) {
    return;
  }
  const auto mounts = process.Read("mountinfo");
  if (!mounts) {
    namespaces_.erase(*name_space);  // the process may have ended: read another one's
    return;
  }
  const MountTable table = MountTable::Parse(*mounts);
  for (const MountEntry& entry : table.entries()) {
    if (entry.type == "fuse.shmount" && table.Resolve(entry.source) == backing_) {
      Mount& mount = mounts_[entry.device];
      mount.namespaces.insert(*name_space);
      // In another user namespace, any user can have the number 0.
      if (!mount.owner && process.HasMountsOfOurs()) {
        mount.owner = OwnerOf(entry.super_options);
      }
    }
  }
}

const BackingFiles::Mount* BackingFiles::MountOf(dev_t device) const {
  const auto found = mounts_.find(device);
  return found == mounts_.end() ? nullptr : &found->second;
}

std::optional<ino_t> BackingFiles::BlockOf(dev_t device, ino_t inode) const {
  if (!Contains(device)) {
    return std::nullopt;
  }
  if (blocks_.contains(inode)) {
    return inode;
  }
  // In a mount, elements and the other files of a list have inode numbers made from the block's.
  const NodeId id(inode);
  const bool in_list =
      id.role() == Role::kElement || id.role() == Role::kFormat || id.role() == Role::kValues;
  return MountOf(device) != nullptr && in_list && blocks_.contains(id.ino())
             ? std::optional(id.ino())
             : std::nullopt;
}

}  // namespace shmount
