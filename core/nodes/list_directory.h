// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "core/backing/act_as.h"
#include "core/backing/block_file.h"
#include "core/backing/classify.h"
#include "core/backing/inode.h"
#include "core/list/layout.h"
#include "core/nodes/state.h"

namespace shmount {

/// A list that one call works on: its block, open with the caller's rights, and its shape.
class ListDirectory final : public DirectoryNode {
 public:
  /// `flags` is the access to the block that the call takes, O_RDONLY or O_RDWR. EACCES; ESTALE.
  static Result<std::unique_ptr<ListDirectory>> Open(VolumeState& state, const Place& place,
                                                     Inode inode, int flags, const Caller& caller);

  Result<Found> Lookup(const char* name) override;
  Result<std::unique_ptr<Listing>> List() override;
  Result<Attr> GetAttr() override;
  Result<Attr> SetAttr(const AttrChange& change) override;
  Result<Inode> XattrInode() override { return std::move(inode_); }
  Result<Opened> Create(const char* name, mode_t mode, int flags) override;
  Status Unlink(const char* name) override;
  Status Rename(const char* name, const char* new_name, unsigned flags) override;

  /// Attributes of a file in the list. ESTALE where an element has another type than `id` says.
  Result<Attr> FileAttr(NodeId id) const;
  /// Changes the block's, as the element's; a size is the element's own. Gives them as they are
  /// then.
  Result<Attr> SetFileAttr(NodeId id, const AttrChange& change, FileHandle* handle);
  /// Opens a file in the list. ESTALE as above.
  Result<std::unique_ptr<FileHandle>> OpenFile(NodeId id, int flags);

 private:
  ListDirectory(VolumeState& state, Place place, Inode inode, BlockFile file,
                const ListShape& shape, const Caller& caller)
      : state_(state),
        place_(std::move(place)),
        inode_(std::move(inode)),
        file_(std::move(file)),
        shape_(shape),
        caller_(caller) {}

  NodeId FixedName(std::string_view name) const;
  bool MayRemove() const;
  Status CheckCurrent(NodeId id) const;
  Status ChangeBlock(const AttrChange& change);
  std::unique_ptr<FileHandle> OpenElement(BlockFile file, NodeId id, int flags) const;
  Status CutFile(NodeId id, std::uint64_t size) const;
  Found Remember(NodeId id, const struct stat& attr, Seconds entry_ttl, Seconds attr_ttl) const;
  Result<std::uint64_t> TextSize(std::uint64_t index) const;
  Result<Type> TypeAt(std::uint64_t index) const;
  Status Assign(std::uint64_t index, const Value& value);

  VolumeState& state_;
  Place place_;
  Inode inode_;
  BlockFile file_;
  ListShape shape_;
  Caller caller_;
};

/// Lists the elements' names in order, and no others.
std::unique_ptr<Listing> MakeListListing(VolumeState& state, const Place& place, BlockFile file,
                                         const struct stat& block, const ListShape& shape);

}  // namespace shmount
