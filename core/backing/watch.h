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
};

struct Events {
  std::vector<Event> events;  ///< a name at most once
  bool itself = false;        ///< the directory's own attributes changed, or a name came or went
  bool overflow = false;      ///< some were lost: anything may have changed
  bool gone = false;          ///< the backing itself was unmounted or removed
};

/// Watches a directory with inotify(7): changes made through any path are seen, stores through
/// mappings are not. For one thread, but for Stop().
class Watch {
 public:
  /// Sets aside what a watch takes. ENOSPC, EMFILE: the limits under /proc/sys/fs/inotify are used
  /// up.
  static Result<Watch> Reserve();
  /// From its return on there are events. The kernel marks each name of the directory that it has
  /// cached, which takes 0.1 s for a million. Once; fails as inotify_add_watch(2).
  Status Begin(const std::string& directory);
  /// Both at once.
  static Result<Watch> Open(const std::string& directory);

  /// Waits for events. ECANCELED after Stop().
  Result<Events> Wait();
  /// Makes the Wait() under way, or the next, end. Any thread.
  void Stop();

 private:
  Watch(UniqueFd inotify, UniqueFd stop, int placeholder)
      : inotify_(std::move(inotify)), stop_(std::move(stop)), placeholder_(placeholder) {}
  UniqueFd inotify_;
  UniqueFd stop_;
  int placeholder_;  // the watch that Reserve() sets aside, for Begin() to replace
};

}  // namespace shmount
