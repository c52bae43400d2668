// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/backing/block_file.h"
#include "core/list/layout.h"
#include "core/nodes/file_handle.h"

namespace shmount {

/// Makes a handle for LIST/.values, whose text is made while it is read. A damaged element has the
/// type `damaged`. The handle holds little of the text, and a read makes little more than it
/// returns. ESPIPE: the read begins more than 1 MiB after the end of the last one; or it begins
/// more than 64 KiB before that and more than 1 MiB from the start.
std::unique_ptr<FileHandle> MakeValuesHandle(std::shared_ptr<const BlockFile> file,
                                             const ListShape& shape);

/// The same for LIST/.format: CPython's `sl.format` and a newline.
std::unique_ptr<FileHandle> MakeFormatHandle(std::shared_ptr<const BlockFile> file,
                                             const ListShape& shape);

}  // namespace shmount
