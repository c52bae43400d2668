// SPDX-License-Identifier: Apache-2.0
// A draft is a directory in the backing, with the xattr user.shmount.draft, in which the element
// files of a future list are created.
//
// While a draft is being sealed, a stand-in has its name: a draft whose xattr says so, in which
// nothing can be created or changed. Anyone who changes something in a draft checks afterwards that
// the draft still has its name. If it has, a seal begins later and includes the change. Otherwise
// the change may have come too late, and fails with ESTALE.
//
// An empty list becomes a read-only draft when its first file is created. A program run by root,
// such as rsync(1), then fills it, for which root needs no write bit, and sets the directory's
// times at the end, which seals it.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "core/backing/directory.h"
#include "core/backing/inode.h"
#include "core/base/result.h"
#include "core/store/manager_mark.h"
#include "core/store/staging.h"
#include "core/store/staging_area.h"

namespace shmount {

/// Makes an empty draft with the name `name`. It belongs to `manager` unless that is null. EEXIST:
/// the name is taken. ENOTSUP: the backing has no user xattrs.
Result<Inode> MakeDraft(const StagingArea& area, const char* name, mode_t mode, Managed* manager);

/// Makes a draft of `directory`, whose inode is `inode` and which is still in the staging
/// directory. Locks it: the lock tells others that its maker is alive.
Status MarkDraft(const Directory& directory, const Inode& inode, mode_t mode, bool read_only);

/// Whether a draft is ordinary, read-only or a stand-in.
enum class DraftKind : std::uint8_t { kOpen, kReadOnly, kStandIn };
Result<DraftKind> KindOfDraft(const Inode& draft);

/// Makes an ordinary draft of a read-only one: from now on only chmod(2) seals it.
Status OpenReadOnly(const Inode& draft);

/// EBUSY: `draft` is a stand-in.
Status RefuseStandIn(const Inode& draft);

/// A stand-in in the staging directory. The process that is sealing holds a lock on it.
struct StandIn {
  Directory directory;
  std::string staged;  ///< its name, a SwapName with SwapEnd::kReturned
  struct stat stat;
};
/// Makes a stand-in for `draft`.
Result<StandIn> MakeStandIn(const Staging& staging, const struct stat& draft);

/// Removes a stand-in that has been moved out of the backing. If another program has put files in
/// it, it instead becomes a draft and goes back to the backing, as `name` or with a number added.
Status RemoveStandIn(const Directory& staging, const std::string& staged, const Directory& backing,
                     const std::string& name);

}  // namespace shmount
