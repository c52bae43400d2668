// SPDX-License-Identifier: Apache-2.0
// The state that a volume and its nodes share. Not for use outside of core.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "core/backing/act_as.h"
#include "core/backing/block_file.h"
#include "core/backing/classify.h"
#include "core/backing/directory.h"
#include "core/backing/inode.h"
#include "core/base/time_order.h"
#include "core/nodes/created_elements.h"
#include "core/nodes/hidden_elements.h"
#include "core/nodes/list_writer.h"
#include "core/nodes/node_table.h"
#include "core/nodes/open_blocks.h"
#include "core/nodes/open_lists.h"
#include "core/nodes/second_looks.h"
#include "core/nodes/types.h"
#include "core/store/manager_lock.h"
#include "core/store/manager_mark.h"
#include "core/store/private_files.h"
#include "core/store/staging_area.h"
#include "core/value/utf8.h"

namespace shmount {

/// The last complete listing of the root: when, and how many names. Thread safe.
class RootListing {
 public:
  /// Records that a reader has listed so many names. `st` is the backing's stat when the reader was
  /// opened.
  void Set(const struct stat& st, std::uint64_t names) {
    const std::lock_guard lock(mutex_);
    backing_ = st;
    names_ = names;
    read_ = Clock::now();
  }
  /// Whether the kernel should use its cached listing. `st` is the backing's current stat; `known`
  /// is how many nodes the kernel has cached. The listing must be current. It must not consist of
  /// names whose attributes are mostly not cached, because then each stat(2) is a request.
  bool IsOf(const struct stat& st, std::size_t known) const {
    const std::lock_guard lock(mutex_);
    // A tmpfs may give an unlink the same time as the change before it; but its size then differs.
    return SameTime(backing_.st_mtim, st.st_mtim) && backing_.st_size == st.st_size &&
           known >= names_ / 2 && Clock::now() - read_ < std::chrono::duration<Seconds>(kUnseen);
  }

 private:
  using Clock = std::chrono::steady_clock;
  mutable std::mutex mutex_;
  struct stat backing_ = {};
  std::uint64_t names_ = 0;
  Clock::time_point read_{};
};

/// How many users' staging directories are kept: each takes a descriptor.
inline constexpr std::size_t kMostKeptStagings = 64;

/// Everything that a mounted volume keeps in memory. Thread safe as far as its members are.
struct VolumeState {
  VolumeOptions options;
  Directory backing;
  StagingArea staging{backing, kMostKeptStagings};
  /// Whether a watch invalidates what the kernel has cached, by Volume::Changes.
  std::atomic<bool> events = options.events;
  /// The rights in the backing that every user has. Events keep them current (ReviewRights).
  std::atomic<int> everybody = options.multi_user ? backing.RightsOfEverybody() : 7;
  NodeTable nodes{};
  HiddenElements hidden{};
  CreatedElements created{};
  std::unique_ptr<Managed> managed{};  ///< null if the mount is no manager
  std::optional<ManagerClaim> manager_claim{};
  ListWriter writer{staging, nodes, events};
  OpenBlocks open_blocks{};
  OpenLists open_lists{};
  PrivateFiles private_files{staging};
  SecondLooks second_looks{};
  RootListing listing{};
  /// Held by another thread than the serving one while it has a block open, and by a thaw, which
  /// would take such an open for a holder.
  std::mutex block_opens{};

  /// Gives this thread the caller's rights. EACCES: it cannot take them on.
  Result<ActAs> As(const Caller& caller) const { return ActAs::For(options.multi_user, caller); }
  /// Calls `call`, which returns a Result, with the caller's rights, and returns its result.
  template <class Call>
  std::invoke_result_t<Call> ActingAs(const Caller& caller, Call call) const {
    const ActAs as = TRY(As(caller));
    return call();
  }
  /// access(2) on the backing itself, as the caller.
  Status AccessRoot(const Caller& caller, int mask) const;
  /// The same, before an operation that uses this process's own rights.
  Status CheckRoot(const Caller& caller, int mask) const {
    return options.multi_user ? AccessRoot(caller, mask) : Status();
  }
  /// How long the kernel may cache a name. The kernel does not check who may search the root before
  /// it uses a cached name, so it may cache one only if everybody may.
  Seconds Ttl(Seconds ttl) const { return events && (everybody & X_OK) != 0 ? ttl : 0; }
  /// The same for a block. A change through a hard link in another directory raises no event.
  Seconds Ttl(Seconds ttl, const struct stat& block) const {
    return S_ISREG(block.st_mode) && block.st_nlink > 1 ? 0 : Ttl(ttl);
  }
  /// Makes the kernel forget the cached attributes of a block if they are not `now`.
  void ForgetAttributes(NodeId id, const struct stat& now) {
    nodes.ForgetAttributes(id.ino(), now, writer.fine_times(), [&] {
      if (options.forget_attributes) {
        options.forget_attributes(id);
      }
    });
  }
  /// Makes the kernel forget those of a node that a call on another node has changed.
  void Forget(NodeId id) const {
    if (options.forget_attributes) {
      options.forget_attributes(id);
    }
  }
  /// Passes a message to VolumeOptions::log, if that is set.
  void Log(const std::string& message) const {
    if (options.log) {
      options.log(Printable(message));
    }
  }

  /// Removes what this mount keeps for a list that is gone.
  void DropList(const FileKey& list) {
    hidden.Drop(list);
    private_files.DropList(nodes.NumberOf(list));
  }
  /// Forgets, from time to time, the hidden elements of lists that are gone.
  void DropGoneLists();

  /// The open blocks that the kernel last found by `name` in `parent` (Location).
  std::vector<std::uint64_t> OpenBy(std::uint64_t parent, const std::string& name) const;
  /// Finds what `name` in the backing is. A list that the kernel has cached stays a list while
  /// Python is between the stores of an assignment.
  Result<Entry> FindEntry(const char* name) const;
  /// Counts a lookup of `entry`, found as `name` in the backing, and returns the node that shows
  /// it.
  Result<Found> Present(const Entry& entry, const std::string& name);
  /// The same for a raw block, which may be a list's `.shm` or in a draft.
  Result<Found> PresentBlock(const FileStat& st, std::uint64_t parent, const std::string& name,
                             Seconds ttl);
  /// The node that shows a block.
  NodeId BlockId(std::uint64_t ino) const {
    return options.access == Access::kLink ? NodeId::Link(ino) : NodeId::Block(ino);
  }
  /// The target of the symbolic link that stands for the block `name`.
  std::string LinkTarget(const std::string& name) const { return options.backing + "/" + name; }
};

}  // namespace shmount
