// SPDX-License-Identifier: Apache-2.0
// The staging directories of a backing. To make one and to remove it changes the backing, so that
// the kernel drops what it has cached of a mount's root: a daemon keeps those that it uses, and
// removes them when it ends. A kept one that is empty is in nobody's way.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "core/backing/directory.h"
#include "core/base/result.h"
#include "core/store/staging.h"

namespace shmount {

/// Opens the staging directories of a backing, which outlives it. Thread safe.
class StagingArea {
 public:
  /// Keeps none: each is there for one use.
  explicit StagingArea(const Directory& backing) : StagingArea(backing, 0) {}
  /// Keeps those of so many users. Where there are more, the one that has not been used for the
  /// longest time goes.
  StagingArea(const Directory& backing, std::size_t most) : backing_(backing), most_(most) {}

  const Directory& backing() const { return backing_; }

  /// That of the user by whose rights this thread acts; made where it is not there. Where somebody
  /// else has taken its name it has another.
  Result<Staging> Open() const;
  /// That of `owner`, which root can use too. Where this thread has no right to it, the thread's
  /// own.
  Result<Staging> OpenFor(uid_t owner, gid_t group) const;
  /// Lets those go that are kept and not used.
  void DropKept();

 private:
  Result<std::optional<Staging>> FindKept(uid_t owner) const;
  void Keep(const Staging& staging) const;
  Result<Staging> OpenAnew(uid_t owner, gid_t group) const;
  Status MakeFor(const std::string& name, uid_t owner, gid_t group) const;

  const Directory& backing_;
  const std::size_t most_;
  mutable std::mutex mutex_;
  mutable std::list<Staging> kept_;  // one a user, the last used first
};

/// Whether a staging directory of `owner` can have the name.
bool IsStagingName(std::string_view name, uid_t owner);
/// Takes part in the use of the one by this name, of the user by whose rights this thread acts.
/// ENOENT where it is not there, or the name is none of that user's; EACCES where it is another's.
Result<Staging> OpenOwnStaging(const Directory& backing, const std::string& name);

/// That of `owner`, without taking part in its use. ENOENT where it is not there; EACCES where this
/// thread may not look into it.
Result<Directory> FindStagingOf(const Directory& backing, uid_t owner);

}  // namespace shmount
