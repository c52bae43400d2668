// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/store/manager_mark.h"
#include "core/store/staging_area.h"

namespace shmount {

/// Turns the draft `name` in the backing into a list. First a stand-in (draft.h) takes the name,
/// and the draft moves to its owner's staging directory, so that nothing changes in it any more.
/// Then the list is built from it and replaces the stand-in. `name` exists at every moment. If the
/// draft belongs to `manager`, which may be null, the list does too. Returns the block's
/// attributes. On failure the draft has its name again, and the Error's `where` says what is wrong
/// with which element. EINVAL: a gap, two files for one element, a file that is no element's, or
/// text that is not of its type. ERANGE, EILSEQ, EFBIG, ENOSPC: as ParseDraftText and ListBuilder.
/// EBUSY: another process is sealing it. ESTALE: it is not a draft any more.
Result<FileStat> SealDraft(const StagingArea& area, const char* name, Managed* manager);

}  // namespace shmount
