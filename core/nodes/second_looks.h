// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/backing/inode.h"
#include "core/backing/node_id.h"

namespace shmount {

/// The threads whose call was answered ESTALE. The kernel then looks up the names of the call again
/// and repeats the call once. A second ESTALE would reach the program. So the files that such a
/// thread looks up are held until it repeats the call, which then goes to the file that the lookup
/// found, even if its name has changed since. Thread safe. Thread 0, which stands for threads of
/// other PID namespaces, is ignored.
class SecondLooks {
 public:
  /// Records that a call of the thread is answered ESTALE. If the call was an open, `id` is the
  /// node.
  void Begin(pid_t thread, std::optional<NodeId> id);
  /// Whether its last call was such an open of `id`, and it has looked nothing up since. Then the
  /// open comes by way of an open file (/proc/PID/fd), not by a name.
  bool IsRepeated(pid_t thread, NodeId id) const;
  /// Whether it was answered ESTALE and has not repeated its call yet.
  bool IsLooking(pid_t thread) const;
  /// The same, and whether it has looked something up since.
  bool HasLooked(pid_t thread) const;
  /// Holds an inode that it has looked up, if IsLooking().
  void Hold(pid_t thread, const Inode& inode);
  /// Records that it has looked up an absent name. That may happen twice for one name: the kernel
  /// first revalidates the cached name and then looks it up.
  void Miss(pid_t thread);
  /// The held inode for which `is_meant` is true.
  std::optional<Inode> Find(pid_t thread, const std::function<bool(const Inode&)>& is_meant) const;
  /// Records that it has repeated its call.
  void End(pid_t thread);
  /// Whether IsLooking() is true of any thread.
  bool any() const { return size_ > 0; }
  /// Drops everything: the lookup alone was enough for these threads, and none repeats its call.
  void Clear();

 private:
  using Clock = std::chrono::steady_clock;
  struct Look {
    std::optional<NodeId> opened;
    bool looked = false;
    std::vector<Inode> held;
    Clock::time_point began;
  };
  const Look* Of(pid_t thread) const;

  mutable std::mutex mutex_;
  std::unordered_map<pid_t, Look> looks_;
  std::atomic<std::size_t> size_ = 0;  // of looks_: most often 0, which any() reads without a lock
};

}  // namespace shmount
