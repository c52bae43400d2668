// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/backing/inode.h"
#include "core/nodes/directory_node.h"
#include "core/nodes/state.h"

namespace shmount {

/// A draft or a list that is unlinked, while it is open: a directory without links, in which
/// nothing is and nothing can be made.
std::unique_ptr<DirectoryNode> MakeRemovedDirectory(VolumeState& state, const Location& location,
                                                    Inode inode, const Caller& caller);

}  // namespace shmount
