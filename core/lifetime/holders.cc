// SPDX-License-Identifier: Apache-2.0
#include "core/lifetime/holders.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include "core/backing/inode.h"
#include "core/lifetime/backing_files.h"
#include "core/proc/hidden.h"
#include "core/proc/maps.h"
#include "core/proc/process.h"

namespace shmount {
namespace {

const dev_t kFuseDevice = makedev(10, 229);

bool IsGone(const Error& error) { return error.code == ENOENT || error.code == ESRCH; }

/// How a process holds a file.
struct Hold {
  bool mapping = false;
  bool descriptor = false;
  bool writable = false;
};

/// The file of a descriptor.
struct FileKey {
  dev_t device = 0;
  std::optional<ino_t> inode;  ///< nothing: unknown, to be read from the process's fdinfo
  dev_t special = 0;
  bool directory = false;
};

/// The file that a link in a process's fd directory leads to. Does not wait for a file system in
/// user space, which may never answer.
std::optional<FileKey> KeyOf(int fd_directory, const char* name) {
  struct statx st;
  const int flags = AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT;
  bool known = statx(fd_directory, name, flags, STATX_TYPE | STATX_INO, &st) == 0;
  // Of a file in another user's FUSE mount, even root learns only the device.
  const bool inode_known = known;
  if (!known && errno == EACCES) {
    known = statx(fd_directory, name, flags, 0, &st) == 0;
  }
  if (!known) {
    return std::nullopt;
  }
  FileKey key;
  key.device = makedev(st.stx_dev_major, st.stx_dev_minor);
  if (inode_known) {
    key.inode = st.stx_ino;
    key.directory = S_ISDIR(st.stx_mode);
    key.special = S_ISCHR(st.stx_mode) ? makedev(st.stx_rdev_major, st.stx_rdev_minor) : 0;
  }
  return key;
}

}  // namespace

/// One pass over /proc.
class HolderScan {
 public:
  HolderScan(HolderTable& table, BackingFiles files) : table_(table), files_(std::move(files)) {}

  Status Run() {
    table_.hidden_ = TRY(MayMissProcesses());
    const auto pids = TRY(ListProcesses());
    // A descriptor may belong to a mount that only another process's namespace has: find all mounts
    // first.
    for (const pid_t pid : pids) {
      if (const auto process = Process::Open(pid)) {
        files_.AddMountsOf(*process);
      }
    }
    for (const pid_t pid : pids) {
      const auto process = Process::Open(pid);
      if (process && pid != getpid()) {
        ScanProcess(pid, *process);
      } else if (!process && !IsGone(process.error())) {
        table_.unseen_.push_back(pid);
      }
    }
    AddThroughMounts();
    AddDaemons();
    for (auto& [inode, holders] : found_) {
      for (auto& [pid, holder] : holders) {
        table_.holders_[inode].push_back(std::move(holder));
      }
    }
    return {};
  }

 private:
  using Holders = std::map<pid_t, Holder>;
  /// A hold by way of a mount. It counts if the mount shows the backing.
  struct Through {
    ino_t inode = 0;
    dev_t device = 0;
    Holder holder;
  };
  struct DaemonHold {
    Holder holder;
    std::string name_space;
  };

  void ScanProcess(pid_t pid, const Process& process) {
    current_ = {};
    through_ = {};
    is_daemon_ = false;
    const Status maps = ScanMaps(process);
    const Status files = process.ForEach(
        "fd", [&](int directory, const char* name) { ScanDescriptor(process, directory, name); });
    // With CAP_PERFMON but not CAP_SYS_PTRACE, root can read the maps, and can list the descriptors
    // but not see their files.
    const auto cwd = process.ReadLink("cwd");
    const bool hidden = !cwd && cwd.error().code == EACCES;
    const bool failed =
        (!maps && !IsGone(maps.error())) || (!files && !IsGone(files.error())) || hidden;
    if (failed && !process.HasNoMemory()) {
      table_.unseen_.push_back(pid);
    }
    if (current_.empty() && through_.empty()) {
      return;
    }
    const Holder who{.pid = pid,
                     .uid = process.User().value_or(static_cast<uid_t>(-1)),
                     .command = process.Command(),
                     .daemon = is_daemon_};
    for (const auto& [inode, hold] : current_) {
      if (is_daemon_) {
        daemons_[inode].push_back({who, process.ReadLink("ns/mnt").value_or("")});
        Merge(daemons_[inode].back().holder, hold);
      } else {
        Merge(found_[inode].try_emplace(pid, who).first->second, hold);
      }
    }
    for (const auto& [where, hold] : through_) {
      pending_.push_back({where.second, where.first, who});
      Merge(pending_.back().holder, hold);
      pending_.back().holder.daemon = false;
      pending_.back().holder.through_mount = true;
    }
  }

  static void Merge(Holder& holder, const Hold& hold) {
    holder.mapping |= hold.mapping;
    holder.descriptor |= hold.descriptor;
    holder.writable |= hold.writable;
  }

  Status ScanMaps(const Process& process) {
    const auto maps = TRY(process.Read("maps"));
    std::string_view rest(maps);
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      if (const auto mapping = ParseMapping(line)) {
        Add(mapping->device, mapping->inode, {.mapping = true, .writable = mapping->writable});
      }
    }
    return {};
  }

  void ScanDescriptor(const Process& process, int directory, const char* name) {
    const auto key = KeyOf(directory, name);
    if (!key) {
      return;
    }
    is_daemon_ |= key->special == kFuseDevice;
    if (key->directory || !files_.Contains(key->device)) {
      return;
    }
    if (key->inode && !files_.BlockOf(key->device, *key->inode)) {
      return;
    }
    const auto info = process.Read(("fdinfo/" + std::string(name)).c_str());
    if (!info) {
      return;  // closed meanwhile
    }
    std::string_view flags_text = ProcField(*info, "flags");
    std::string_view inode_text = ProcField(*info, "ino");
    unsigned flags = 0;
    ino_t inode = key->inode.value_or(0);
    TakeNumber(flags_text, 8, flags);
    if (!key->inode && !TakeNumber(inode_text, 10, inode)) {
      return;
    }
    const bool writable = (flags & O_PATH) == 0 && (flags & O_ACCMODE) != O_RDONLY;
    Add(key->device, inode, {.descriptor = true, .writable = writable});
  }

  void Add(dev_t device, ino_t inode, const Hold& hold) {
    const auto block = files_.BlockOf(device, inode);
    if (!block) {
      return;
    }
    Hold& held = files_.MountOf(device) == nullptr ? current_[*block] : through_[{device, *block}];
    held.mapping |= hold.mapping;
    held.descriptor |= hold.descriptor;
    held.writable |= hold.writable;
  }

  /// Whether a hold by way of a mount counts. Anyone can make a mount that claims to show the
  /// backing, so it counts if the mount is trusted, or if the mount's daemon has the block open in
  /// the backing itself.
  bool IsHeld(const Through& through) {
    const auto& mount = *files_.MountOf(through.device);
    return mount.IsTrusted() ||
           std::ranges::any_of(daemons_[through.inode], [&](const DaemonHold& daemon) {
             return mount.owner ? *mount.owner == daemon.holder.uid
                                : mount.namespaces.contains(daemon.name_space);
           });
  }

  void AddThroughMounts() {
    for (const Through& through : pending_) {
      if (IsHeld(through)) {
        const Holder& holder = through.holder;
        Holder& all = found_[through.inode].try_emplace(holder.pid, holder).first->second;
        Merge(all, {holder.mapping, holder.descriptor, holder.writable});
        all.through_mount = true;
      }
    }
  }

  /// A daemon opens blocks for the users of its mount, and these are holders already. Users whose
  /// mount namespace belongs to no process that is visible here cannot be seen; then the daemon is
  /// listed in their place.
  void AddDaemons() {
    for (const auto& [inode, daemons] : daemons_) {
      Holders& holders = found_[inode];
      if (std::ranges::none_of(holders,
                               [](const auto& each) { return each.second.through_mount; })) {
        for (const DaemonHold& daemon : daemons) {
          holders.emplace(daemon.holder.pid, daemon.holder);
        }
      }
    }
  }

  HolderTable& table_;
  BackingFiles files_;
  std::unordered_map<ino_t, Holders> found_;
  std::unordered_map<ino_t, std::vector<DaemonHold>> daemons_;
  std::vector<Through> pending_;
  // What the scanned process holds, directly and through mounts.
  std::unordered_map<ino_t, Hold> current_;
  std::map<std::pair<dev_t, ino_t>, Hold> through_;
  bool is_daemon_ = false;
};

Result<HolderTable> HolderTable::Scan(const Directory& backing, std::unordered_set<ino_t> inodes) {
  HolderTable table;
  auto files = TRY(BackingFiles::Of(backing, std::move(inodes)));
  TRY(HolderScan(table, std::move(files)).Run());
  return table;
}

std::span<const Holder> HolderTable::Of(ino_t inode) const {
  const auto found = holders_.find(inode);
  return found == holders_.end() ? std::span<const Holder>() : found->second;
}

Use UseOf(const HolderTable& table, const Inode& block) {
  if (!table.Of(block.stat().st_ino).empty()) {
    return Use::kHeld;
  }
  if (table.complete()) {
    return Use::kOrphan;
  }
  const auto file = block.Open(O_RDONLY);
  if (!file) {
    return Use::kUnknown;
  }
  const Status leased = file->TakeLease();
  if (leased) {
    return Use::kOrphan;
  }
  return leased.error().code == EAGAIN ? Use::kHeldUnseen : Use::kUnknown;
}

}  // namespace shmount
