// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/backing/directory.h"
#include "core/base/result.h"
#include "core/store/manager_mark.h"

namespace shmount {

/// Turns the draft `name` in `backing` into a list: builds the block beside it and swaps the two,
/// so that `name` is the whole draft or the whole list at any instant. `manager`, if not null,
/// takes it. Returns the block's attributes. Where it fails the draft is as it was and the
/// Error's `where` says what is wrong with which element: EINVAL (a gap, two files for one element,
/// a file that is none, text that is not of its type), ERANGE, EILSEQ, EFBIG, ENOSPC, EBUSY
/// (another is sealing it), ESTALE (it is no draft any more). The caller keeps writers of the draft
/// out.
Result<struct stat> SealDraft(const Directory& backing, const char* name, Managed* manager);

}  // namespace shmount
