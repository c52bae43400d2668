// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "core/backing/act_as.h"
#include "core/backing/block_file.h"
#include "core/backing/inode.h"
#include "core/list/head_io.h"
#include "core/list/layout.h"
#include "core/nodes/element_handle.h"
#include "core/nodes/state.h"

namespace shmount {

/// Whether an error means that an element is damaged. A damaged element is shown as an empty file.
/// Any other error may be temporary.
inline bool IsDamage(const Error& error) { return error.code == EIO; }

/// An element's slot: its size in bytes, and the value in it.
struct ElementSlot {
  std::uint64_t size = 0;
  Value value;
};

/// The files of a list, for the duration of one call: its block, opened with the caller's rights,
/// and its shape.
class ListFiles {
 public:
  /// The attributes of a file in the list. ESTALE: the element has another type than `id` says.
  Result<Attr> FileAttr(NodeId id) const;
  /// Changes attributes and returns the new ones. Mode, owner and times are the block's, so that
  /// they change for all elements; a size is the element's own.
  Result<Attr> SetFileAttr(NodeId id, const AttrChange& change, FileHandle* handle);
  /// The size of an element's slot, and the value in it. ESTALE as above; EIO: it is damaged.
  Result<ElementSlot> SlotOf(NodeId id) const;
  /// Opens a file in the list. ESTALE as above.
  Result<std::unique_ptr<FileHandle>> OpenFile(NodeId id, int flags);

 protected:
  ListFiles(VolumeState& state, Location location, const FileStat& block,
            std::shared_ptr<BlockFile> file, const Caller& caller)
      : state_(state),
        location_(std::move(location)),
        block_(block),
        file_(std::move(file)),
        head_(*file_, static_cast<std::uint64_t>(block_.st_size)),
        caller_(caller) {}
  ~ListFiles() = default;

  NodeId FixedName(std::string_view name) const;
  Result<Type> TypeAt(std::uint64_t index) const;
  Status ChangeBlock(const AttrChange& change);
  std::unique_ptr<FileHandle> OpenElement(ElementOpen open, bool writes) const;
  Status Assign(std::uint64_t index, const Value& value);

  VolumeState& state_;
  Location location_;
  FileStat block_;
  std::optional<Inode> inode_{};  ///< for changes of the block; nothing if the block is shared
  const std::shared_ptr<BlockFile> file_;
  const HeadIo head_;  ///< serves all reads of the call
  ListShape shape_{};
  Caller caller_;

 private:
  Result<std::uint64_t> TextSize(std::uint64_t index) const;
  Status CheckCurrent(NodeId id) const;
  Status CutFile(NodeId id, std::uint64_t size) const;
};

}  // namespace shmount
