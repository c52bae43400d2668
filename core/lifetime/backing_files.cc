// SPDX-License-Identifier: Apache-2.0
#include "core/lifetime/backing_files.h"

#include <unistd.h>

#include "core/backing/node_id.h"

namespace shmount {

Result<BackingFiles> BackingFiles::Of(const Directory& backing, std::unordered_set<ino_t> blocks) {
  BackingFiles files(std::move(blocks));
  const auto st = TRY(backing.Stat());
  const auto self = TRY(Process::Open(getpid()));
  const auto mounts = TRY(self.Read("mountinfo"));
  const auto path = TRY(self.ReadLink(("fd/" + std::to_string(backing.fd())).c_str()));
  files.devices_[st.st_dev] = false;
  files.backing_ = MountTable::Parse(mounts).Resolve(path);
  if (files.backing_) {
    files.devices_[files.backing_->device] =
        false;  // /proc/PID/maps has this one, which can differ from stat(2)'s
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
    namespaces_.erase(*name_space);  // it may have ended: read another's
    return;
  }
  const MountTable table = MountTable::Parse(*mounts);
  for (const MountEntry& entry : table.entries()) {
    if (entry.type == "fuse.shmount" && table.Resolve(entry.source) == backing_) {
      devices_[entry.device] = true;
    }
  }
}

std::optional<ino_t> BackingFiles::BlockOf(dev_t device, ino_t inode) const {
  const auto found = devices_.find(device);
  if (found == devices_.end()) {
    return std::nullopt;
  }
  if (blocks_.contains(inode)) {
    return inode;
  }
  // In a mount, elements and the other files of a list have numbers made from the block's.
  const NodeId id(inode);
  const bool in_list =
      id.role() == Role::kElement || id.role() == Role::kFormat || id.role() == Role::kValues;
  return found->second && in_list && blocks_.contains(id.ino()) ? std::optional(id.ino())
                                                                : std::nullopt;
}

}  // namespace shmount
