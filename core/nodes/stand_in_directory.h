// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/backing/inode.h"
#include "core/nodes/directory_node.h"
#include "core/nodes/node_table.h"

namespace shmount {

/// What has a draft's name while the draft is sealed (core/store/draft.h): it has attributes, and
/// all else is EBUSY.
std::unique_ptr<DirectoryNode> MakeStandInDirectory(const Location& location, Inode inode);

}  // namespace shmount
