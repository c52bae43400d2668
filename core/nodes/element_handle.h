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
  std::shared_ptr<void> kept{};  ///< destroyed at the release, before `file` is closed
};

/// Makes a handle that shows an element as a text file. A read at offset 0 reads the value, and
/// reads at later offsets continue in that same value. Writes are those of ElementText; after a
/// refused write all later ones fail with its error. `file` must be open for reading, and also for
/// writing if the handle is written. `writer` must outlive the handle.
std::unique_ptr<FileHandle> MakeElementHandle(std::shared_ptr<BlockFile> file,
                                              const ListShape& shape, ElementOpen open,
                                              ListWriter& writer);

}  // namespace shmount
