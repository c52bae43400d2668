// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "core/nodes/file_handle.h"
#include "core/nodes/open_blocks.h"

namespace shmount {

/// Lets FindBlock find the open file of a node even after its unlink, until the returned object and
/// all copies of it are destroyed.
std::shared_ptr<void> KeepFindable(OpenBlocks& blocks, std::uint64_t ino,
                                   const std::shared_ptr<BlockFile>& file);

/// Makes a handle of an open raw block. FindBlock finds the block as long as the handle lives.
/// EPERM: the block has file seals.
Result<std::unique_ptr<FileHandle>> MakeBlockHandle(OpenBlocks& blocks, std::uint64_t ino,
                                                    BlockFile file);

}  // namespace shmount
