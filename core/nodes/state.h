// SPDX-License-Identifier: Apache-2.0
// What a volume and its nodes share; not for use outside of core.
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

#include "core/backing/act_as.h"
#include "core/backing/block_file.h"
#include "core/backing/classify.h"
#include "core/backing/directory.h"
#include "core/backing/inode.h"
#include "core/nodes/created_elements.h"
#include "core/nodes/hidden_elements.h"
#include "core/nodes/list_writer.h"
#include "core/nodes/node_table.h"
#include "core/nodes/open_lists.h"
#include "core/nodes/second_looks.h"
#include "core/nodes/types.h"
#include "core/store/manager_lock.h"
#include "core/store/manager_mark.h"
#include "core/store/private_files.h"
#include "core/value/utf8.h"

namespace shmount {

/// When the root was last read to its end, and what there was. Thread safe.
class RootListing {
 public:
  /// A reader that was opened when the backing was `st` has given so many names.
  void Set(const struct stat& st, std::uint64_t names) {
    const std::lock_guard lock(mutex_);
    backing_ = st;
    names_ = names;
    read_ = Clock::now();
  }
  /// Whether what the kernel kept of it is what is there in the backing, which is now `st`, and is
  /// worth keeping: with the names alone, and not most of their attributes, each stat is a request.
  bool IsOf(const struct stat& st, std::size_t known) const {
    const std::lock_guard lock(mutex_);
    // A tmpfs may give an unlink the time of what came before. Its size tells.
    return backing_.st_mtim.tv_sec == st.st_mtim.tv_sec &&
           backing_.st_mtim.tv_nsec == st.st_mtim.tv_nsec && backing_.st_size == st.st_size &&
           known >= names_ / 2 && Clock::now() - read_ < std::chrono::duration<Seconds>(kUnseen);
  }

 private:
  using Clock = std::chrono::steady_clock;
  mutable std::mutex mutex_;
  struct stat backing_ = {};
  std::uint64_t names_ = 0;
  Clock::time_point read_{};
};

struct VolumeState {
  VolumeOptions options;
  Directory backing;
  /// Whether something invalidates by Volume::Changes what the kernel has cached.
  std::atomic<bool> events = options.events;
  /// What every user may do in the backing, kept current by events (ReviewRights).
  std::atomic<int> everybody = options.multi_user ? backing.RightsOfEverybody() : 7;
  NodeTable nodes{};
  HiddenElements hidden{};
  CreatedElements created{};
  std::unique_ptr<Managed> managed{};  ///< null without a manager
  std::optional<ManagerClaim> manager_claim{};
  ListWriter writer{backing, nodes, events};
  OpenLists open_lists{};
  PrivateFiles private_files{backing};
  SecondLooks second_looks{};
  RootListing listing{};
  /// Held by a thread that opens blocks in passing beside the one that serves calls, and by a thaw,
  /// which is to take none of them for a holder.
  std::mutex looking{};

  /// EACCES where the caller's rights cannot be taken on.
  Result<ActAs> As(const Caller& caller) const { return ActAs::For(options.multi_user, caller); }
  /// Returns what `call`, which returns a Result, returns with the caller's rights.
  template <class Call>
  std::invoke_result_t<Call> ActingAs(const Caller& caller, Call call) const {
    const ActAs as = TRY(As(caller));
    return call();
  }
  /// access(2) of the backing itself.
  Status AccessRoot(const Caller& caller, int mask) const;
  /// The same before a call that is made with this process's own rights.
  Status CheckRoot(const Caller& caller, int mask) const {
    return options.multi_user ? AccessRoot(caller, mask) : Status();
  }
  /// Of a name that it has cached the kernel does not ask who may search the root.
  Seconds Ttl(Seconds ttl) const { return events && (everybody & X_OK) != 0 ? ttl : 0; }
  /// The same for a block: no event comes of a hard link in another directory.
  Seconds Ttl(Seconds ttl, const struct stat& block) const {
    return S_ISREG(block.st_mode) && block.st_nlink > 1 ? 0 : Ttl(ttl);
  }
  /// Has the kernel forget the attributes of a block where they are not `now`.
  void ForgetAttributes(NodeId id, const struct stat& now) {
    nodes.ForgetAttributes(id.ino(), now, writer.fine_times(), [&] {
      if (options.forget_attributes) {
        options.forget_attributes(id);
      }
    });
  }
  /// The same for a node whose attributes a call on another one has changed.
  void Forget(NodeId id) const {
    if (options.forget_attributes) {
      options.forget_attributes(id);
    }
  }
  void Log(const std::string& message) const {
    if (options.log) {
      options.log(Printable(message));
    }
  }

  /// The list is gone: so is what this mount keeps beside it.
  void DropList(const FileKey& list) {
    hidden.Drop(list);
    private_files.DropList(nodes.NumberOf(list));
  }
  /// Forgets, from time to time, what is hidden in lists that are gone.
  void DropGoneLists();

  /// What `name` in the backing is. A list that the kernel knows stays one while a Python is
  /// between the stores of an assignment.
  Result<Entry> FindEntry(const char* name) const;
  /// Counts a lookup of what was found in the backing by `name`, and says what it shows as.
  Result<Found> Present(const Entry& entry, const std::string& name);
  /// The same for a raw block, which may be in a list or a draft.
  Result<Found> PresentBlock(const FileStat& st, std::uint64_t parent, const std::string& name,
                             Seconds ttl);
  /// The node by which a block shows.
  NodeId BlockId(std::uint64_t ino) const {
    return options.access == Access::kLink ? NodeId::Link(ino) : NodeId::Block(ino);
  }
  /// Where a link leads that stands for the block `name`.
  std::string LinkTarget(const std::string& name) const { return options.backing + "/" + name; }
};

}  // namespace shmount
