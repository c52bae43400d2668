// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/backing/inode.h"
#include "core/nodes/directory_node.h"
#include "core/nodes/node_table.h"

namespace shmount {

/// Makes the directory of a stand-in, which has a draft's name while the draft is being sealed
/// (store/draft.h). It has attributes; all other operations fail with EBUSY.
std::unique_ptr<DirectoryNode> MakeStandInDirectory(const Location& location, Inode inode);

}  // namespace shmount
