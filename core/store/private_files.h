// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <list>
#include <mutex>
#include <string>

#include "core/backing/directory.h"
#include "core/base/result.h"
#include "core/store/staging.h"
#include "core/store/staging_area.h"

namespace shmount {

/// Private files: the files that users create in lists by names that are no element's. sed(1),
/// rsync(1) and editors write such a file and rename it onto an element. The files are in the
/// staging directory of their user, in one directory for each list. They are removed with the list
/// or with this object, or after a kill when the staging directories are cleaned. The backing must
/// outlive this object. Thread safe.
class PrivateFiles {
 public:
  explicit PrivateFiles(const StagingArea& area) : area_(area) {}
  ~PrivateFiles();
  PrivateFiles(const PrivateFiles&) = delete;
  PrivateFiles& operator=(const PrivateFiles&) = delete;

  /// The directory of a user's files in a list. `list` is the list's number and `name` its name.
  /// ENOENT: there is none.
  Result<Directory> Find(std::uint64_t list, const std::string& name, uid_t user);
  /// The same, but makes the directory if there is none. This thread must have the user's rights.
  Result<Directory> Make(std::uint64_t list, const std::string& name, uid_t user);
  /// Opens such a directory by its inode number. ENOENT.
  Result<Directory> Open(std::uint64_t ino) const;
  bool Has(std::uint64_t ino) const;

  /// Removes the directory of a user's files if it is empty.
  void DropEmpty(std::uint64_t list, uid_t user);
  /// Removes the files in a list that is gone.
  void DropList(std::uint64_t list);
  /// Removes the files in the list that had this name, which is gone or another file's now.
  void NameGone(const std::string& name);

 private:
  struct Kept {
    std::uint64_t list = 0;
    std::string list_name;  ///< the list's name at the last use
    uid_t user = 0;
    Staging staging;
    std::string name;     ///< the directory's, in the staging directory
    Directory directory;  ///< locked, to tell it from what a killed process left
    std::uint64_t ino = 0;

    Status Remove() const;
  };
  Kept* FindKept(std::uint64_t list, uid_t user);

  const StagingArea& area_;
  mutable std::mutex mutex_;
  std::list<Kept> kept_;
};

}  // namespace shmount
