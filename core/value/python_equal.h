// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/value/value.h"

namespace shmount {

/// Python's `a == b`: numbers and bools by their exact value, whatever their types; nan equals
/// nothing; a str never equals bytes.
bool PythonEqual(const Value& a, const Value& b);

}  // namespace shmount
