// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/base/unique_fd.h"

namespace shmount {

/// The changes of one name since the last Wait().
struct Event {
  std::string name;
  /// The name was created, removed or given to another file; if false, content or attributes
  /// changed.
  bool renamed = false;
  /// How many descriptors open for writing were closed. The kernel may merge two consecutive
  /// closes.
  unsigned closes = 0;
};

/// All events since the last Wait().
struct Events {
  std::vector<Event> events;  ///< at most one for each name
  bool itself = false;        ///< the directory's own attributes or names changed
  bool attributes = false;    ///< the directory's own attributes changed
  bool overflow = false;      ///< events were lost: anything may have changed
  bool gone = false;          ///< the backing itself was unmounted or removed
};

/// Watches a directory with inotify(7), which reports changes through any path, but no stores
/// through mappings. Not thread safe, except for Stop().
///
/// Changes of names and attributes have a queue of their own and are reported at once. So is the
/// first write to a block. Writes that follow it without a pause are gathered for kGather.
class Watch {
 public:
  static constexpr auto kGather = std::chrono::milliseconds(2);

  /// Reserves the inotify instances and watches. ENOSPC, EMFILE: a limit under /proc/sys/fs/inotify
  /// is reached. EOPNOTSUPP: the file system of `directory` does not report every change.
  static Result<Watch> Reserve(const std::string& directory);
  /// Starts the events: changes after its return are reported. The kernel goes through each cached
  /// name of the directory, which takes 0.1 s for a million. Call it once. Fails as
  /// inotify_add_watch(2).
  Status Begin(const std::string& directory);
  /// Reserve() and Begin().
  static Result<Watch> Open(const std::string& directory);

  /// Waits until there are events, and returns them. ECANCELED: Stop() was called.
  Result<Events> Wait();
  /// Makes the current Wait(), or the next one, return. Any thread may call it.
  void Stop();

 private:
  using Clock = std::chrono::steady_clock;
  struct Queue {
    UniqueFd inotify;
    int placeholder = -1;  // the watch that Reserve() sets aside, for Begin() to replace
  };
  static Result<Queue> ReserveQueue();

  Watch(Queue names, Queue writes, UniqueFd stop)
      : names_(std::move(names)), writes_(std::move(writes)), stop_(std::move(stop)) {}
  void GatherStream(const Events& writes);

  Queue names_;
  Queue writes_;
  UniqueFd stop_;
  std::unordered_set<std::string> written_{};  // blocks whose first write was just reported
  Clock::time_point last_write_{};             // when, for the last of them
  Clock::time_point gather_until_{};           // the queue of writes is not read before
};

}  // namespace shmount
