// SPDX-License-Identifier: Apache-2.0
// Things are made out of sight, in a directory of the maker's own in the backing, and renamed into
// place whole. What a killed daemon leaves there is told from what is being made by its lock:
// whoever makes something holds flock(2) on it.
#pragma once

#include <string>

#include "core/backing/directory.h"
#include "core/backing/inode.h"
#include "core/base/result.h"
#include "core/store/manager_mark.h"

namespace shmount {

/// The directory where this thread's user makes things, 0700 and there only while it is used.
class Staging {
 public:
  /// Makes it where it is not there. EACCES where somebody else has taken its name.
  static Result<Staging> Open(const Directory& backing);
  ~Staging();
  Staging(Staging&&) = default;
  Staging& operator=(Staging&&) = delete;

  const Directory& directory() const { return directory_; }
  /// A name that nothing in it has had.
  static std::string NovelName();

 private:
  Staging(const Directory& backing, std::string name, Directory directory)
      : backing_(backing), name_(std::move(name)), directory_(std::move(directory)) {}

  const Directory& backing_;
  std::string name_;
  Directory directory_;
};

/// Makes an empty draft by `name`, which `manager`, if not null, takes. EEXIST; ENOTSUP where the
/// backing keeps no user xattrs.
Result<Inode> MakeDraft(const Directory& backing, const char* name, mode_t mode, Managed* manager);

/// Unlinks a directory and the files in it.
Status RemoveTree(const Directory& parent, const char* name);

/// Removes what killed daemons left of this thread's user in the backing, and finishes what their
/// notes (note.h) tell of.
void CleanStaging(const Directory& backing);

/// The same for every user, by that user's rights. Takes what ActAs does.
void CleanEveryStaging(const Directory& backing);

}  // namespace shmount
