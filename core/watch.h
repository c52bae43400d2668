// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "core/unique_fd.h"

namespace shmount {

/// What happened to one name since the last look.
struct Event {
  std::string name;
  bool renamed = false;  ///< it came, went or stands for something else; else its content or
                         ///< attributes changed
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
  /// ENOSPC, EMFILE: the limits under /proc/sys/fs/inotify are used up.
  static Result<Watch> Open(const std::string& directory);

  /// Waits for events. ECANCELED after Stop().
  Result<Events> Wait();
  /// Makes the Wait() under way, or the next, end. Any thread.
  void Stop();

 private:
  Watch(UniqueFd inotify, UniqueFd stop) : inotify_(std::move(inotify)), stop_(std::move(stop)) {}
  UniqueFd inotify_;
  UniqueFd stop_;
};

}  // namespace shmount
