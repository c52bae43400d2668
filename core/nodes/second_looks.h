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

/// Threads that were answered ESTALE. The kernel then looks the names of the call up again and
/// repeats it, once: a second ESTALE would reach the program. So what such a thread looks up is
/// held until its call has been repeated, which goes to the file that the lookup named, whatever
/// became of the name since. Thread safe. A thread of another PID namespace, number 0, is none.
class SecondLooks {
 public:
  /// Notes that a call of the thread on `id`, if it was an open, is answered ESTALE.
  void Begin(pid_t thread, std::optional<NodeId> id);
  /// Whether its last call was such an open of `id`, after which it looked nothing up: it comes by
  /// an open file (/proc/PID/fd) and not by a name.
  bool IsRepeated(pid_t thread, NodeId id) const;
  /// Whether it was answered ESTALE and has not repeated its call.
  bool IsLooking(pid_t thread) const;
  /// The same, and it has looked something up since.
  bool HasLooked(pid_t thread) const;
  /// Holds what it has looked up, if it is looking.
  void Hold(pid_t thread, const Inode& inode);
  /// It has looked up a name that is absent. It may do so once more: the kernel asks first whether
  /// the name still is what it was, and then what it is.
  void Miss(pid_t thread);
  /// What it has looked up of which `is_meant` is true.
  std::optional<Inode> Find(pid_t thread, const std::function<bool(const Inode&)>& is_meant) const;
  /// It has repeated its call.
  void End(pid_t thread);
  /// Whether any thread is looking.
  bool any() const { return size_ > 0; }
  /// None of them repeats its call: what the lookup said was enough.
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
  std::atomic<std::size_t> size_ = 0;  // of looks_: most often none, which takes no lock to know
};

}  // namespace shmount
