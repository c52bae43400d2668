// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/backing/block_file.h"
#include "core/list/layout.h"
#include "core/nodes/created_elements.h"
#include "core/nodes/file_handle.h"
#include "core/nodes/list_writer.h"
#include "core/value/value.h"

namespace shmount {

/// How an element file was opened.
struct ElementOpen {
  std::uint64_t index = 0;
  std::optional<Type> type;  ///< the type that its name says, which writing gives the element
  bool reports = false;  ///< a str to be written: its close() tells that it ends within a character
  bool empty = false;    ///< truncated or created: closed without a write it is assigned empty text
  std::unique_ptr<CreatedElements::Token> created{};
  std::optional<Value> before{};  ///< given back to the element where the first write is refused
  std::shared_ptr<void> kept{};   ///< lasts as long as it is open, and ends before `file` is closed
};

/// An element as a text file. A read at offset 0 takes the value as it is then, and later offsets
/// go on in that. A write at offset 0 is a new value, further ones extend it; each is assigned at
/// once or refused with ParseText's or AssignElement's error, the value before it whole, and with
/// it all that follows; only a piece of 512 bytes or more that cuts a character of a str waits for
/// the next one. `file` must be open for reading, and for writing where the handle is to be
/// written. `writer` outlives the handle.
std::unique_ptr<FileHandle> MakeElementHandle(std::shared_ptr<BlockFile> file,
                                              const ListShape& shape, ElementOpen open,
                                              ListWriter& writer);

}  // namespace shmount
