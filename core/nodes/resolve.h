// SPDX-License-Identifier: Apache-2.0
// From a node's number to the directory or list that it is.
#pragma once

#include <fcntl.h>

#include <cstdint>
#include <memory>

#include "core/nodes/directory_node.h"
#include "core/nodes/list_directory.h"
#include "core/nodes/locate.h"
#include "core/nodes/state.h"

namespace shmount {

/// The directory that `id` is. `list_access` is the access to the block that the call takes where
/// it is a list, O_RDONLY or O_RDWR. ENOTDIR; ESTALE; EACCES where the caller may not search it.
Result<std::unique_ptr<DirectoryNode>> ResolveDirectory(VolumeState& state, NodeId id,
                                                        const Caller& caller,
                                                        int list_access = O_RDONLY);

/// Whether a node is a file that a list's directory makes of its block.
bool IsListFile(NodeId id);

/// The list that a node belongs to, its block open with `access`. ESTALE where there is none.
Result<std::unique_ptr<ListDirectory>> ResolveList(VolumeState& state, NodeId id,
                                                   const Caller& caller, int access);

/// The same for a call that only reads. Of a list that is open, the file that an element's handle
/// has serves it too.
Result<std::unique_ptr<ListDirectory>> ResolveListToRead(VolumeState& state, NodeId id,
                                                         const Caller& caller);

}  // namespace shmount
