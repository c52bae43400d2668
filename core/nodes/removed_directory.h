// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/backing/inode.h"
#include "core/nodes/directory_node.h"
#include "core/nodes/state.h"

namespace shmount {

/// Makes the directory of a draft or list that was removed while it is open: it has no links and no
/// files, and nothing can be created in it.
std::unique_ptr<DirectoryNode> MakeRemovedDirectory(VolumeState& state, const Location& location,
                                                    Inode inode, const Caller& caller);

}  // namespace shmount
