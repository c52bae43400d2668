// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "core/base/result.h"
#include "core/value/value.h"

namespace shmount {

/// Reads the whole text of an element file as a value of `type`. One newline at the end is dropped,
/// except for bytes. Numbers and bools may have blanks around them, as in Python. EINVAL: not a
/// text of the type, or a str with a NUL. ERANGE: an int past 64 bits, a float past double. EILSEQ:
/// a str that is not UTF-8.
Result<Value> ParseText(Type type, std::string_view text);

/// The same for a file of a draft. A str may end within a character, because CPython can cut a text
/// there, and a copy of such a list must be accepted.
Result<Value> ParseDraftText(Type type, std::string_view text);

}  // namespace shmount
