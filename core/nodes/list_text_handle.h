// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/backing/block_file.h"
#include "core/list/layout.h"
#include "core/nodes/file_handle.h"

namespace shmount {

/// LIST/.values, made as it is read, from start to end; a damaged element has the type `damaged`.
/// The handle holds little of it, and a read makes little more than it was asked for. ESPIPE: it is
/// more than 1 MiB ahead of the end of the last read, or behind its last 64 KiB and more than 1 MiB
/// from the start.
std::unique_ptr<FileHandle> MakeValuesHandle(std::shared_ptr<const BlockFile> file,
                                             const ListShape& shape);

/// LIST/.format, CPython's `sl.format`, and a newline; likewise.
std::unique_ptr<FileHandle> MakeFormatHandle(std::shared_ptr<const BlockFile> file,
                                             const ListShape& shape);

}  // namespace shmount
