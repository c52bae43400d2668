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

/// Checks that `piece`, written at `offset` of a draft's file `name`, can be part of an element's
/// text; `file` holds the text so far. A file whose name is no element's may have any content.
/// Fails as ParseText, and with EFBIG past what a slot can hold. Errors that only the whole text
/// shows are left to sealing.
Status CheckDraftWrite(std::string_view name, const BlockFile& file, std::uint64_t offset,
                       std::string_view piece);

/// How a file of a draft was opened.
struct DraftOpen {
  std::string name;
  /// Checks that a change just made comes before any seal of the draft (draft.h). ESTALE: it may
  /// not.
  std::function<Status()> check;
  std::shared_ptr<void> kept;  ///< destroyed when the file is closed
};

/// Makes a handle for a file in a draft. After a refused write, later writes by this handle are
/// refused too, and an xattr on the file keeps the draft from being sealed, until the file is
/// truncated to 0 or a write by another handle is accepted.
std::unique_ptr<FileHandle> MakeDraftHandle(std::shared_ptr<BlockFile> file, DraftOpen open);

}  // namespace shmount
