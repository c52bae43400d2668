// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace shmount {

/// The xattrs that shmount keeps on blocks and drafts in the backing. Anyone who may write a block
/// can set them: by themselves they change how it shows, and no rights (SECURITY.md).
inline constexpr char kListXattr[] = "user.shmount.list";    ///< an empty list
inline constexpr char kDraftXattr[] = "user.shmount.draft";  ///< a directory being a draft
/// Of a draft's file: the size of its slot, where that is to be larger than its value needs.
inline constexpr char kSlotXattr[] = "user.shmount.slot";
inline constexpr char kTimeXattr[] = "user.shmount.time";  ///< of a list's directory (list_time.h)
inline constexpr char kRefusedXattr[] = "user.shmount.refused";  ///< a draft's file is not whole
inline constexpr char kManagerXattr[] = "user.shmount.manager";  ///< its manager's ID
/// The same, where only a privileged daemon can have put it.
inline constexpr char kTrustedManagerXattr[] = "trusted.shmount.manager";
inline constexpr std::string_view kXattrPrefix = "user.shmount.";

}  // namespace shmount
