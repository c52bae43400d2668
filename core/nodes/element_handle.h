// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/backing/block_file.h"
#include "core/list/layout.h"
#include "core/nodes/created_elements.h"
#include "core/nodes/element_text.h"
#include "core/nodes/file_handle.h"
#include "core/nodes/list_writer.h"
#include "core/value/value.h"

namespace shmount {

/// How an element file was opened.
struct ElementOpen {
  ElementText::How text;
  std::unique_ptr<CreatedElements::Token> created{};
  std::shared_ptr<void> kept{};  ///< lasts as long as it is open, and ends before `file` is closed
};

/// An element as a text file. A read at offset 0 takes the value as it is then, and later offsets
/// go on in that. Writes are ElementText's; after one that was refused all fail with its error.
/// `file` must be open for reading, and for writing where the handle is to be written. `writer`
/// outlives the handle.
std::unique_ptr<FileHandle> MakeElementHandle(std::shared_ptr<BlockFile> file,
                                              const ListShape& shape, ElementOpen open,
                                              ListWriter& writer);

}  // namespace shmount
