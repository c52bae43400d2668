// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <string_view>

#include "core/nodes/directory_node.h"
#include "core/nodes/list_files.h"
#include "core/nodes/private_directory.h"
#include "core/store/thaw.h"
#include "core/value/element_name.h"

namespace shmount {

/// The directory of a list, for the duration of one call.
class ListDirectory final : public DirectoryNode, public ListFiles {
 public:
  /// Opens the block `inode`, which was found at `location`, with the access that the call needs,
  /// O_RDONLY or O_RDWR. EACCES; ESTALE: it is not a list.
  static Result<std::unique_ptr<ListDirectory>> Open(VolumeState& state, const Location& location,
                                                     Inode inode, int access, const Caller& caller);
  /// The same for a block that an element's handle has open, for a call that does not change the
  /// block. `block` is the result of stat(2) at `location`, which must be the same inode.
  static Result<std::unique_ptr<ListDirectory>> Share(VolumeState& state, const Location& location,
                                                      std::shared_ptr<BlockFile> file,
                                                      const FileStat& block, const Caller& caller);

  Result<Found> Lookup(const char* name) override;
  Result<std::unique_ptr<DirectoryReader>> OpenReader() override;
  Result<Attr> GetAttr() override;
  Result<Attr> SetAttr(const AttrChange& change) override;
  Result<Inode> XattrInode() override { return *std::move(inode_); }
  Result<Opened> Create(const char* name, mode_t mode, int flags) override;
  Result<Found> MakeNode(const char* name, mode_t mode) override;
  Status Unlink(const char* name) override;
  Status Rename(const char* name, const char* new_name, unsigned flags) override;

 private:
  using ListFiles::ListFiles;

  Result<Thawed> Thaw(ThawTo to);
  Status ChangeTimes(const std::array<struct timespec, 2>& times);
  Found Remember(NodeId id, const struct stat& attr, Seconds entry_ttl, Seconds attr_ttl) const;
  PrivateDirectory Private() const { return {state_, location_, caller_}; }
  bool MayBePrivate(std::string_view name) const;
  bool MayRemove() const;
  Status RenameOntoElement(const char* name, const ElementName& to, unsigned flags);
};

}  // namespace shmount
