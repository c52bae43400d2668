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

/// What happened to one name since the last Wait().
struct Event {
  std::string name;
  /// It came, went or stands for something else; otherwise its content or attributes changed.
  bool renamed = false;
  /// How often something closed it that had it open for writing; two in a row can be one event.
  unsigned closes = 0;
};

struct Events {
  std::vector<Event> events;  ///< a name at most once
  bool itself = false;        ///< the directory's own attributes changed, or a name came or went
  bool attributes = false;    ///< its attributes did
  bool overflow = false;      ///< some were lost: anything may have changed
  bool gone = false;          ///< the backing itself was unmounted or removed
};

/// Watches a directory with inotify(7): it sees changes through any path, but not stores through
/// mappings. For one thread, except Stop().
///
/// Names and attributes have a queue of their own, and are told of at once. So is the first write
/// to a block; writes that follow it without a pause are gathered for kGather.
class Watch {
 public:
  static constexpr auto kGather = std::chrono::milliseconds(2);

  /// Reserves the inotify instances and watches. ENOSPC, EMFILE: the limits under
  /// /proc/sys/fs/inotify are reached. EOPNOTSUPP: `directory` is on a file system that does not
  /// tell of every change.
  static Result<Watch> Reserve(const std::string& directory);
  /// Events begin when this returns. The kernel goes through each name of the directory that it has
  /// cached: 0.1 s for a million. Call it once. Fails as inotify_add_watch(2).
  Status Begin(const std::string& directory);
  /// Reserve() and Begin().
  static Result<Watch> Open(const std::string& directory);

  /// Waits for events. ECANCELED after Stop().
  Result<Events> Wait();
  /// Ends the Wait() under way, or the next. Any thread may call it.
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
  std::unordered_set<std::string> written_{};  // blocks whose writes were told of just now
  Clock::time_point last_write_{};             // when, for the last of them
  Clock::time_point gather_until_{};           // writes are not read before
};

}  // namespace shmount
