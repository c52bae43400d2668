// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/value/value.h"

namespace shmount {

/// Appends Python's repr() of `value`, which ParseLiteral reads as the same value. Bytes of a str
/// that are not UTF-8 are written as \udcHH.
void AppendRepr(std::string& out, const Value& value);

}  // namespace shmount
