// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/backing/block_file.h"
#include "core/base/result.h"
#include "core/nodes/file_handle.h"

namespace shmount {

/// Whether `piece`, written at `offset` of a draft's file `name`, can be part of an element's text;
/// `file` is what the file holds so far. A name that is no element takes anything. Errors as
/// ParseText's, and EFBIG past what a slot can hold. What only the whole text can tell, sealing
/// tells.
Status CheckDraftWrite(std::string_view name, const BlockFile& file, std::uint64_t offset,
                       std::string_view piece);

/// How a file of a draft was opened.
struct DraftOpen {
  std::string name;
  /// Whether a change just made comes before any seal of the draft (draft.h); ESTALE otherwise.
  std::function<Status()> check;
  std::shared_ptr<void> kept;  ///< lasts as long as it is open
};

/// A file in a draft. After a write that is refused the next ones by this handle are too, and the
/// file has an xattr by which the draft does not seal, until it is cut to nothing or another
/// handle's write is accepted.
std::unique_ptr<FileHandle> MakeDraftHandle(std::shared_ptr<BlockFile> file, DraftOpen open);

}  // namespace shmount
