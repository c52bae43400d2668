// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/nodes/directory_reader.h"
#include "core/nodes/state.h"

namespace shmount {

/// Makes a reader that lists the visible names in the backing.
Result<std::unique_ptr<DirectoryReader>> MakeRootReader(VolumeState& state);

}  // namespace shmount
