// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "core/nodes/file_handle.h"
#include "core/nodes/node_table.h"

namespace shmount {

/// Has FindBlock find the open file of a node, whatever becomes of its name, until the result and
/// all its copies are gone.
std::shared_ptr<void> KeepFindable(NodeTable& nodes, std::uint64_t ino,
                                   const std::shared_ptr<BlockFile>& file);

/// An open raw block, which can be found as such as long as it lives. EPERM: it has file seals.
Result<std::unique_ptr<FileHandle>> MakeBlockHandle(NodeTable& nodes, std::uint64_t ino,
                                                    BlockFile file);

}  // namespace shmount
