// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
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
  bool overflow = false;      ///< some were lost: anything may have changed
  bool gone = false;          ///< the backing itself was unmounted or removed
};

/// Watches a directory with inotify(7): it sees changes through any path, but not stores through
/// mappings. For one thread, except Stop().
class Watch {
 public:
  /// Reserves an inotify instance and a watch. ENOSPC, EMFILE: the limits under
  /// /proc/sys/fs/inotify are reached.
  static Result<Watch> Reserve();
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
  Watch(UniqueFd inotify, UniqueFd stop, int placeholder)
      : inotify_(std::move(inotify)), stop_(std::move(stop)), placeholder_(placeholder) {}
  UniqueFd inotify_;
  UniqueFd stop_;
  int placeholder_;  // the watch that Reserve() sets aside, for Begin() to replace
};

}  // namespace shmount
