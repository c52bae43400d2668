// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/nodes/directory_reader.h"
#include "core/nodes/state.h"

namespace shmount {

/// Lists the elements' names in order, and no others.
std::unique_ptr<DirectoryReader> MakeListReader(VolumeState& state, const Location& location,
                                                std::shared_ptr<const BlockFile> file,
                                                const struct stat& block, const ListShape& shape);

}  // namespace shmount
