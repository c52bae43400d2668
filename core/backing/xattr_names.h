// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace shmount {

/// The xattrs that shmount keeps on blocks and drafts in the backing. Anyone who may write a block
/// can set them, so that an xattr may change how the block shows, but must not give rights
/// (SECURITY.md).
inline constexpr char kListXattr[] = "user.shmount.list";    ///< an empty list
inline constexpr char kDraftXattr[] = "user.shmount.draft";  ///< a directory being a draft
/// On a file of a draft: the size of the element's slot, if larger than its value needs.
inline constexpr char kSlotXattr[] = "user.shmount.slot";
inline constexpr char kTimeXattr[] = "user.shmount.time";  ///< a list directory's (list_time.h)
inline constexpr char kRefusedXattr[] = "user.shmount.refused";  ///< a write to it was refused
inline constexpr char kManagerXattr[] = "user.shmount.manager";  ///< its manager's ID
/// The same ID, in an xattr that only a privileged process can set.
inline constexpr char kTrustedManagerXattr[] = "trusted.shmount.manager";
inline constexpr std::string_view kXattrPrefix = "user.shmount.";

}  // namespace shmount
