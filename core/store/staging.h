// SPDX-License-Identifier: Apache-2.0
// Things are made out of sight, in a directory of their owner's in the backing, and get their names
// whole, by a rename. Anyone who makes something there holds flock(2) on it, which tells it from
// what a killed process left. staging_area.h opens such directories.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>

#include "core/backing/block_file.h"
#include "core/backing/directory.h"
#include "core/backing/file_key.h"
#include "core/base/result.h"

namespace shmount {

/// Whether something is a directory of `owner`'s that no other can write.
bool IsOwnersAlone(const struct stat& st, uid_t owner);

/// A user's staging directory, 0700 and theirs. It is there as long as anyone holds one of these on
/// it. A copy is the same use of it, and takes no system call.
class Staging {
 public:
  /// Takes part in the use of `name`. ENOENT where it is not there, EACCES where it is another
  /// user's, or others can write it.
  static Result<Staging> OpenNamed(const Directory& backing, const std::string& name, uid_t owner);

  const Directory& directory() const { return use_->directory; }
  uid_t owner() const { return use_->owner; }
  /// Whether its name still stands for it, and it is still its owner's alone.
  Result<bool> IsThere() const;
  /// Whether there is no copy.
  bool IsLast() const { return use_.use_count() == 1; }

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
  // The last to end removes the directory, if no other process uses it.
  struct Use {
    const Directory& backing;
    std::string name;
    uid_t owner;
    Directory directory;
    FileKey key;

    Use(const Directory& in, std::string named, uid_t of, Directory opened, const FileKey& file)
        : backing(in), name(std::move(named)), owner(of), directory(std::move(opened)), key(file) {}
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    ~Use();
  };
  explicit Staging(std::shared_ptr<const Use> use) : use_(std::move(use)) {}

  std::shared_ptr<const Use> use_;
};

/// Unlinks a directory and the files in it.
Status RemoveTree(const Directory& parent, const char* name);

}  // namespace shmount
