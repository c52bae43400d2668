// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "core/backing/act_as.h"
#include "core/backing/block_file.h"
#include "core/backing/classify.h"
#include "core/backing/inode.h"
#include "core/list/head_io.h"
#include "core/list/layout.h"
#include "core/nodes/directory_node.h"
#include "core/nodes/element_handle.h"
#include "core/nodes/state.h"
#include "core/store/thaw.h"
#include "core/value/element_name.h"

namespace shmount {

struct ElementSlot {
  std::uint64_t size = 0;
  Value value;
};

/// A list that one call works on: its block, open with the caller's rights, and its shape.
class ListDirectory final : public DirectoryNode {
 public:
  /// Opens the block `inode`, which was found at `location`, with the access that the call takes,
  /// O_RDONLY or O_RDWR. EACCES; ESTALE where it is no list.
  static Result<std::unique_ptr<ListDirectory>> Open(VolumeState& state, const Location& location,
                                                     Inode inode, int access, const Caller& caller);
  /// The same for one that an element file has open, where a call changes nothing of the block;
  /// `block` is what stat(2) shows at `location`, the same inode.
  static Result<std::unique_ptr<ListDirectory>> Share(VolumeState& state, const Location& location,
                                                      std::shared_ptr<BlockFile> file,
                                                      const struct stat& block,
                                                      const Caller& caller);

  Result<Found> Lookup(const char* name) override;
  Result<std::unique_ptr<DirectoryReader>> OpenReader() override;
  Result<Attr> GetAttr() override;
  Result<Attr> SetAttr(const AttrChange& change) override;
  Result<Inode> XattrInode() override { return *std::move(inode_); }
  Result<Opened> Create(const char* name, mode_t mode, int flags) override;
  Result<Found> MakeNode(const char* name, mode_t mode) override;
  Status Unlink(const char* name) override;
  Status Rename(const char* name, const char* new_name, unsigned flags) override;

  /// Attributes of a file in the list. ESTALE where an element has another type than `id` says.
  Result<Attr> FileAttr(NodeId id) const;
  /// Changes the block's, as the element's; a size is the element's own. Gives them as they are
  /// then.
  Result<Attr> SetFileAttr(NodeId id, const AttrChange& change, FileHandle* handle);
  /// The size of an element's slot, and the value that is in it. ESTALE as above, EIO.
  Result<ElementSlot> SlotOf(NodeId id) const;
  /// Opens a file in the list. ESTALE as above.
  Result<std::unique_ptr<FileHandle>> OpenFile(NodeId id, int flags);

 private:
  ListDirectory(VolumeState& state, Location location, const struct stat& block,
                std::shared_ptr<BlockFile> file, const Caller& caller)
      : state_(state),
        location_(std::move(location)),
        block_(block),
        file_(std::move(file)),
        head_(*file_, static_cast<std::uint64_t>(block_.st_size)),
        caller_(caller) {}

  NodeId FixedName(std::string_view name) const;
  Result<std::unique_ptr<DirectoryNode>> Thaw(ThawTo to) const;
  bool MayRemove() const;
  Status CheckCurrent(NodeId id) const;
  Status ChangeBlock(const AttrChange& change);
  Status ChangeTimes(const std::array<struct timespec, 2>& times);
  std::unique_ptr<FileHandle> OpenElement(ElementOpen open, bool writes) const;
  Status CutFile(NodeId id, std::uint64_t size) const;
  Found Remember(NodeId id, const struct stat& attr, Seconds entry_ttl, Seconds attr_ttl) const;
  Result<std::uint64_t> TextSize(std::uint64_t index) const;
  Result<Type> TypeAt(std::uint64_t index) const;
  /// The directory of the caller's private files in the list. ENOENT.
  Result<std::unique_ptr<DirectoryNode>> PrivateDirectory() const;
  bool MayBePrivate(std::string_view name) const;
  Result<Opened> CreatePrivate(const char* name, mode_t mode, int flags);
  Status UnlinkPrivate(const char* name);
  Status RenameOntoElement(const char* name, const ElementName& to, unsigned flags);
  Status Assign(std::uint64_t index, const Value& value);

  VolumeState& state_;
  Location location_;
  struct stat block_;
  std::optional<Inode> inode_{};  ///< what changes the block goes through it; not in a shared one
  const std::shared_ptr<BlockFile> file_;
  const HeadIo head_;  ///< for all that the call reads
  ListShape shape_{};
  Caller caller_;
};

}  // namespace shmount
