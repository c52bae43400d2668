// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/backing/inode.h"
#include "core/nodes/node_table.h"
#include "core/nodes/state.h"

namespace shmount {

/// What has a draft's name while the draft is sealed (core/store/draft.h): it has attributes, and
/// all else is EBUSY.
std::unique_ptr<DirectoryNode> MakeStandInDirectory(const Place& place, Inode inode);

}  // namespace shmount
