// SPDX-License-Identifier: Apache-2.0
// Things are made out of sight, in a directory of their owner's in the backing, and get their names
// whole, by a rename. Anyone who makes something there holds flock(2) on it, which tells it from
// what a killed process left.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>

#include "core/backing/block_file.h"
#include "core/backing/directory.h"
#include "core/base/result.h"

namespace shmount {

/// A user's staging directory, 0700 and theirs. It is there as long as anyone holds one of these on
/// it.
class Staging {
 public:
  /// That of the user by whose rights this thread acts; made where it is not there. Where somebody
  /// else has taken its name it has another.
  static Result<Staging> Open(const Directory& backing);
  /// That of `owner`, which root can use too. Where this thread has no right to it, the thread's
  /// own.
  static Result<Staging> OpenFor(const Directory& backing, uid_t owner, gid_t group);
  ~Staging();
  Staging(Staging&&) = default;
  Staging& operator=(Staging&&) = delete;

  const Directory& directory() const { return directory_; }
  /// A name that nothing in it has had.
  static std::string NovelName();

  /// Takes flock(2) on the file `name` in it, which is made if need be. Only the directory's owner
  /// and root can take it. EBUSY where another keeps it for long. It lasts until the file is
  /// closed.
  Result<BlockFile> Lock(const char* name) const;
  /// Whoever exchanges something here with a name in the backing holds this meanwhile: two
  /// exchanges at one name could not be told apart afterwards.
  Result<BlockFile> LockSwaps() const;

 private:
  Staging(const Directory& backing, std::string name, Directory directory)
      : backing_(backing), name_(std::move(name)), directory_(std::move(directory)) {}
  static Result<Staging> OpenNamed(const Directory& backing, const std::string& name, uid_t owner);
  static Status MakeFor(const Directory& backing, const std::string& name, uid_t owner,
                        gid_t group);
  friend Result<Staging> OpenStagingIfThere(const Directory& backing);

  const Directory& backing_;
  std::string name_;
  Directory directory_;
};

/// Staging::Open, but ENOENT where it is not there.
Result<Staging> OpenStagingIfThere(const Directory& backing);

/// That of `owner`, without taking part in its use. ENOENT where it is not there; EACCES where this
/// thread may not look into it.
Result<Directory> FindStagingOf(const Directory& backing, uid_t owner);

/// Unlinks a directory and the files in it.
Status RemoveTree(const Directory& parent, const char* name);

}  // namespace shmount
