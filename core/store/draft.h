// SPDX-License-Identifier: Apache-2.0
// A draft: a directory in the backing, with the xattr user.shmount.draft, in which the files of a
// list to be are made.
//
// While a draft is sealed, a stand-in has its name: an empty draft whose xattr says so. Nothing can
// be made in it or done to it. Whoever changes something in a draft looks afterwards whether the
// draft still has its name. If so, a seal comes later and takes the change in; otherwise the change
// may have come too late, and is ESTALE.
//
// A draft to which a file thawed an empty list is read-only: whoever made the list fills it, which
// takes root no write bit, and sets its times at the end, and that seals it.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "core/backing/directory.h"
#include "core/backing/inode.h"
#include "core/base/result.h"
#include "core/store/manager_mark.h"
#include "core/store/staging.h"

namespace shmount {

/// Makes an empty draft by `name`, which `manager`, if not null, takes. EEXIST; ENOTSUP where the
/// backing keeps no user xattrs.
Result<Inode> MakeDraft(const Directory& backing, const char* name, mode_t mode, Managed* manager);

/// Makes a draft of the directory `directory`, which has no name in the backing as yet and is
/// `inode` too. It is locked, which says that its maker lives.
Status MarkDraft(const Directory& directory, const Inode& inode, mode_t mode, bool read_only);

enum class DraftKind : std::uint8_t { kOpen, kReadOnly, kStandIn };
Result<DraftKind> KindOfDraft(const Inode& draft);

/// Makes a read-only draft one that only chmod(2) seals.
Status OpenReadOnly(const Inode& draft);

/// EBUSY where a draft is a stand-in.
Status RefuseStandIn(const Inode& draft);

/// A stand-in in the staging directory. Whoever has it open and locked is alive.
struct StandIn {
  Directory directory;
  std::string staged;  ///< its name, a SwapName with SwapEnd::kReturned
  struct stat stat;
};
/// Makes one for a draft.
Result<StandIn> MakeStandIn(const Staging& staging, const struct stat& draft);

/// Removes a stand-in that has left the backing. If a program that knows nothing of it has put
/// files in it, it becomes a draft again and goes back to the backing, by `name` or the next free
/// one.
Status RemoveStandIn(const Directory& staging, const std::string& staged, const Directory& backing,
                     const std::string& name);

}  // namespace shmount
