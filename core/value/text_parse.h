// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "core/base/result.h"
#include "core/value/value.h"

namespace shmount {

/// The value that `text`, the whole of what was written to an element file, means. One newline at
/// the end is dropped, except for bytes. Numbers and bools may have blanks around them, as in
/// Python. EINVAL: not of the type (a NUL in a str too). ERANGE: an int past 64 bits, a float past
/// double. EILSEQ: a str that is not UTF-8.
Result<Value> ParseText(Type type, std::string_view text);

/// The same for a file of a draft. A str may end within a character: CPython cuts texts so, and a
/// copy of such a list has to be one again.
Result<Value> ParseDraftText(Type type, std::string_view text);

}  // namespace shmount
