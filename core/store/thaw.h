// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "core/backing/block_file.h"
#include "core/backing/directory.h"
#include "core/backing/inode.h"
#include "core/base/result.h"
#include "core/store/manager_mark.h"

namespace shmount {

/// What a list becomes.
struct ThawTo {
  mode_t mode = 0;             ///< the draft's
  Managed* manager = nullptr;  ///< goes on having what is its
  std::string file{};          ///< an empty list: its first file; the draft is read-only (draft.h)
  mode_t file_mode = 0;
};

/// Turns the list `name`, which is `block`, into a draft that has a file for each element, with the
/// block's owner, times and manager. The draft is made beside the list and takes its name at once,
/// and the block goes. `file` is the block, and the one open that this process has of it. Returns
/// the draft's attributes. On failure the list is as it was. EBUSY: somebody else has it open or
/// mapped; EIO, EILSEQ, EINVAL: an element is damaged, or holds what a draft cannot; ESTALE: `name`
/// is another file by now; ENOTSUP: the backing has no leases, so that nothing tells who has it.
Result<FileStat> ThawList(const Directory& backing, const char* name, const Inode& block,
                          const BlockFile& file, const ThawTo& to);

}  // namespace shmount
