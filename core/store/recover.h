// SPDX-License-Identifier: Apache-2.0
// What a killed process left in the staging directories is finished or undone by whoever opens the
// backing next.
#pragma once

#include "core/backing/directory.h"

namespace shmount {

/// For the user by whose rights this thread acts: finishes or undoes exchanges (swap.h), finishes
/// what journal entries (journal.h) tell of, and removes what was being made. Leaves alone what a
/// living process works on, and what could not be looked at.
void CleanStaging(const Directory& backing);

/// The same for every user, by that user's rights. Takes what ActAs does.
void CleanEveryStaging(const Directory& backing);

}  // namespace shmount
