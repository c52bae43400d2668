// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/backing/inode.h"
#include "core/base/result.h"
#include "core/nodes/directory_reader.h"
#include "core/nodes/types.h"

namespace shmount {

/// One directory of the mount, for the duration of one call. An operation that a kind of directory
/// does not provide fails with EPERM.
class DirectoryNode {
 public:
  virtual ~DirectoryNode() = default;

  /// Finds a name and counts the lookup. ENOENT.
  virtual Result<Found> Lookup(const char* name) = 0;
  virtual Result<std::unique_ptr<DirectoryReader>> OpenReader() = 0;
  virtual Result<Attr> GetAttr() = 0;
  /// Changes attributes and returns the new ones.
  virtual Result<Attr> SetAttr(const AttrChange& change) = 0;
  /// The inode in the backing that has the directory's extended attributes.
  virtual Result<Inode> XattrInode() = 0;

  /// open(2) with O_CREAT, mknod(2) of a regular file, mkdir(2), link(2), unlink(2) and rmdir(2).
  /// Those that return a node count its lookup.
  virtual Result<Opened> Create(const char* name, mode_t mode, int flags);
  virtual Result<Found> MakeNode(const char* name, mode_t mode);
  virtual Result<Found> MakeDirectory(const char* name, mode_t mode);
  virtual Status Link(const Inode& inode, const char* name);
  virtual Status Unlink(const char* name) = 0;
  virtual Status RemoveDirectory(const char* name);
  /// Renames within this directory. `flags` as in renameat2(2).
  virtual Status Rename(const char* name, const char* new_name, unsigned flags);
};

}  // namespace shmount
