// SPDX-License-Identifier: Apache-2.0
// What Volume and the directories of it share; not for use outside core.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "core/backing/act_as.h"
#include "core/backing/block_file.h"
#include "core/backing/classify.h"
#include "core/backing/directory.h"
#include "core/backing/inode.h"
#include "core/nodes/element_marks.h"
#include "core/nodes/node_table.h"
#include "core/store/journaled_assign.h"
#include "core/store/manager_mark.h"
#include "core/volume/volume.h"

namespace shmount {

struct VolumeState {
  VolumeOptions options;
  Directory backing;
  /// Somebody invalidates by Volume::Changes what the kernel keeps.
  std::atomic<bool> events = options.events;
  NodeTable nodes{};
  HiddenElements hidden{};
  CreatedElements created{};
  std::unique_ptr<Managed> managed{};  ///< null without a manager
  UniqueFd manager_claim{};            ///< says that the manager lives
  ElementAssigner assigner{backing};
  std::atomic<std::uint64_t> listed = 0;  ///< names in the root when it was last read to its end

  ActAs As(const Caller& caller) const { return {options.multi_user, caller}; }
  Seconds Ttl(Seconds ttl) const { return events ? ttl : 0; }
  /// The same for what is told of a block: no event comes from a hard link in another directory.
  Seconds Ttl(Seconds ttl, const struct stat& block) const {
    return S_ISREG(block.st_mode) && block.st_nlink > 1 ? 0 : Ttl(ttl);
  }
  void Log(const std::string& message) const {
    if (options.log) {
      options.log(message);
    }
  }

  /// Where the node is. ESTALE where the kernel should not know it.
  Result<Place> PlaceOf(NodeId id) const;
  /// The inode at a place. ESTALE where another is there by now, or none.
  Result<Inode> At(const Place& place) const;
  /// Forgets, from time to time, what is hidden in lists that are gone.
  void DropGoneLists();
  /// The inode of a raw block or a draft's file, also after its unlink while it is open.
  Result<Inode> BlockAt(NodeId id) const;
  /// Opens the draft a file lies in. ESTALE where it is sealed or gone.
  Result<Directory> OpenDraft(std::uint64_t ino) const;

  /// What `name` in the backing is. A list that the kernel knows stays one while a Python is
  /// between the stores of an assignment.
  Result<Entry> Look(const char* name) const;
  /// Counts a lookup of what was found in the backing by `name`, and says what it shows as.
  Result<Found> Present(const Entry& entry, const std::string& name);
  /// The same for a raw block, which may be in a list or a draft.
  Result<Found> PresentBlock(const struct stat& st, const Place& place, Seconds ttl);
  /// The node by which a block shows.
  NodeId BlockId(std::uint64_t ino) const {
    return options.access == Access::kLink ? NodeId::Link(ino) : NodeId::Block(ino);
  }
  struct stat BlockAttr(const struct stat& st, NodeId id, const std::string& name) const;
};

/// One directory of the mount for the length of one call. Anything that it does not provide is
/// EPERM.
class DirectoryNode {
 public:
  /// The directory that `id` is. ENOTDIR; ESTALE; EACCES where the caller may not search it.
  static Result<std::unique_ptr<DirectoryNode>> Resolve(VolumeState& state, NodeId id,
                                                        const Caller& caller);
  virtual ~DirectoryNode() = default;

  virtual Result<Found> Lookup(const char* name) = 0;
  virtual Result<std::unique_ptr<Listing>> List() = 0;
  virtual Result<Attr> GetAttr() = 0;
  /// Changes them and gives them as they are then.
  virtual Result<Attr> SetAttr(const AttrChange& change) = 0;
  /// The inode that carries the directory's extended attributes.
  virtual Result<Inode> XattrInode() = 0;

  virtual Result<Opened> Create(const char* name, mode_t mode, int flags);
  virtual Result<Found> MakeNode(const char* name, mode_t mode);
  virtual Result<Found> MakeDirectory(const char* name, mode_t mode);
  virtual Result<Found> Link(const Inode& inode, const char* name);
  virtual Status Unlink(const char* name) = 0;
  virtual Status RemoveDirectory(const char* name);
  /// Within this directory; `flags` as renameat2(2).
  virtual Status Rename(const char* name, const char* new_name, unsigned flags);
};

std::unique_ptr<DirectoryNode> MakeRootDirectory(VolumeState& state, const Caller& caller);
/// Takes the block's inode and its place, opens it as the caller and reads its shape.
Result<std::unique_ptr<DirectoryNode>> MakeDraftDirectory(VolumeState& state, const Place& place,
                                                          Inode inode, const Caller& caller);

/// Has BlockAt find the open file of a node, whatever becomes of its name, until the result and all
/// its copies are gone.
std::shared_ptr<void> KeepFindable(NodeTable& nodes, std::uint64_t ino,
                                   const std::shared_ptr<BlockFile>& file);

/// An open file of a draft, at its place.
std::unique_ptr<FileHandle> MakeDraftHandle(VolumeState& state, const Place& place, BlockFile file,
                                            int flags);

/// An open raw block, registered as such as long as it lives.
Result<std::unique_ptr<FileHandle>> MakeBlockHandle(VolumeState& state, std::uint64_t ino,
                                                    BlockFile file);

/// Hands each of the attributes in `change` that a block or draft can have to its inode.
Status ApplyChange(const Inode& inode, const AttrChange& change);

}  // namespace shmount
