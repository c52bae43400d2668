// SPDX-License-Identifier: Apache-2.0
// The library's values as core's and back.
#pragma once

#include <shmount/shmount.h>

#include "core/value/value.h"

namespace libshmount::internal {

/// Throws EILSEQ for a str that is not UTF-8.
shmount::Value ToCore(const Value& value);
Value FromCore(shmount::Value value);

}  // namespace libshmount::internal
