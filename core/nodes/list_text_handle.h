// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/backing/block_file.h"
#include "core/list/layout.h"
#include "core/nodes/file_handle.h"

namespace shmount {

/// LIST/.values, made as it is read, from start to end; a damaged element has the type `damaged`.
std::unique_ptr<FileHandle> MakeValuesHandle(std::shared_ptr<const BlockFile> file,
                                             const ListShape& shape);

/// LIST/.format, CPython's `sl.format`, and a newline.
std::unique_ptr<FileHandle> MakeFormatHandle(std::shared_ptr<const BlockFile> file,
                                             const ListShape& shape);

}  // namespace shmount
