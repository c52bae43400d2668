// SPDX-License-Identifier: Apache-2.0
// Recovery after a kill: the next process that opens the backing finishes or undoes what a killed
// process left in the staging directories.
#pragma once

#include "core/backing/directory.h"

namespace shmount {

/// Cleans the staging directory of the user whose rights this thread has: finishes or undoes
/// exchanges (swap.h), finishes the operations of journal entries (journal.h), and removes files
/// that were being made. Leaves alone what a living process works on, and what cannot be opened or
/// read now.
void CleanStaging(const Directory& backing);

/// The same for every user, with that user's rights. Needs the privileges that ActAs needs.
void CleanEveryStaging(const Directory& backing);

}  // namespace shmount
