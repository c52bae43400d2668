// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

#include "core/backing/block_file.h"
#include "core/backing/inode.h"
#include "core/base/result.h"
#include "core/store/manager_mark.h"
#include "core/store/staging_area.h"

namespace shmount {

/// The draft that a list becomes.
struct ThawTo {
  mode_t mode = 0;             ///< of the draft
  Managed* manager = nullptr;  ///< keeps the draft if it had the list; may be null
  std::string file{};  ///< for an empty list: its first file; the draft is read-only (draft.h)
  mode_t file_mode = 0;
  /// Makes other changes to the draft before it takes the list's name. Its error is ThawList's.
  std::function<Status(const Inode&)> change{};
};

/// The draft, open: the caller needs no further call that could fail.
struct Thawed {
  Directory directory;
  Inode inode;
  std::optional<BlockFile> file;  ///< ThawTo's
};

/// Turns the list `name`, which is `block`, into a draft that has a file for each element, with the
/// block's owner, times and manager. The draft is made in the staging directory and exchanged with
/// the list, and the block is removed. `file` is the open block; this process must not have it open
/// elsewhere. On failure the list is as it was. EBUSY: another
/// process has it open or mapped. EIO, EILSEQ, EINVAL: an element is damaged, or has a value that a
/// draft cannot have. ESTALE: `name` is another file's now. ENOTSUP: the backing has no leases, so
/// that holders cannot be detected.
Result<Thawed> ThawList(const StagingArea& area, const char* name, const Inode& block,
                        const BlockFile& file, const ThawTo& to);

}  // namespace shmount
