// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/nodes/directory_node.h"
#include "core/nodes/state.h"

namespace shmount {

/// Makes the mount's root: the blocks, lists and drafts of the backing, by name.
std::unique_ptr<DirectoryNode> MakeRootDirectory(VolumeState& state, const Caller& caller);

}  // namespace shmount
