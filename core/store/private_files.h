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

namespace shmount {

/// The files that users make in lists by names that are no element's: sed(1), rsync(1) and editors
/// write to such a file, and rename it onto an element. They lie in the staging directory of their
/// user, in a directory for each list, and go with the list or this object. What a killed process
/// leaves of them goes when the staging directories are cleaned. Thread safe.
class PrivateFiles {
 public:
  explicit PrivateFiles(const Directory& backing) : backing_(backing) {}
  ~PrivateFiles();
  PrivateFiles(const PrivateFiles&) = delete;
  PrivateFiles& operator=(const PrivateFiles&) = delete;

  /// The directory of a user's files in the list `list`, whose name is `name`. ENOENT.
  Result<Directory> Find(std::uint64_t list, const std::string& name, uid_t user);
  /// Makes it if it is not there, by the rights of this thread, which are the user's.
  Result<Directory> Make(std::uint64_t list, const std::string& name, uid_t user);
  /// One of them by its inode number. ENOENT.
  Result<Directory> Open(std::uint64_t ino) const;

  /// Removes the directory of a user's files if none is left.
  void DropEmpty(std::uint64_t list, uid_t user);
  /// The list is gone.
  void DropList(std::uint64_t list);
  /// The name stands for nothing any more, or for something else.
  void NameGone(const std::string& name);

 private:
  struct Kept {
    std::uint64_t list = 0;
    std::string list_name;  ///< when it was last used
    uid_t user = 0;
    Staging staging;
    std::string name;     ///< in the staging directory
    Directory directory;  ///< its lock says that it is no leftover
    std::uint64_t ino = 0;

    Status Remove() const;
  };
  Kept* FindKept(std::uint64_t list, uid_t user);

  const Directory& backing_;
  mutable std::mutex mutex_;
  std::list<Kept> kept_;
};

}  // namespace shmount
