// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/nodes/directory_reader.h"
#include "core/nodes/state.h"

namespace shmount {

/// Lists the elements' names in order, and no others. It has the block open only while it is read:
/// a list that merely is open as a directory is held by nobody (store/thaw.h).
std::unique_ptr<DirectoryReader> MakeListReader(VolumeState& state, const Location& location,
                                                Inode block, const ListShape& shape);

}  // namespace shmount
