// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/backing/directory.h"
#include "core/base/result.h"
#include "core/store/manager_mark.h"

namespace shmount {

/// Turns the draft `name` in `backing` into a list. The draft is claimed: a stand-in (draft.h)
/// takes its name and the draft goes to its owner's staging directory, so that nothing changes in
/// it any more. The list is built from it and takes the stand-in's place. `name` is never missing.
/// `manager`, if not null, takes the list of a draft that it has taken. Returns the block's
/// attributes. On failure the draft has its name again and the Error's `where` says what is wrong
/// with which element: EINVAL (a gap, two files for one element, a file that is none, text that is
/// not of its type), ERANGE, EILSEQ, EFBIG, ENOSPC, EBUSY (it is being sealed by another process),
/// ESTALE (it is no draft any more).
Result<FileStat> SealDraft(const Directory& backing, const char* name, Managed* manager);

}  // namespace shmount
