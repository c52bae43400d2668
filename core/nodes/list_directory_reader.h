// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/nodes/directory_reader.h"
#include "core/nodes/state.h"

namespace shmount {

/// Makes a reader that lists the elements' names in order, and no others. It has the block open
/// only during a call: a list that is merely open as a directory has no holder (store/thaw.h).
std::unique_ptr<DirectoryReader> MakeListReader(VolumeState& state, const Location& location,
                                                Inode block, const ListShape& shape);

}  // namespace shmount
