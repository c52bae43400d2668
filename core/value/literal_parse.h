// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "core/base/result.h"
#include "core/value/value.h"

namespace shmount {

/// The value that `text` means in Python: an int, a float (inf and nan too, as repr() writes them),
/// True, False, None, or a str or bytes in quotes. Anything else is a bare word: a str as it
/// stands, so that `howdy`, `1.2.3` and `007` need no quotes. A lone surrogate \udcHH stands for
/// the byte HH, as in Python's surrogateescape. EINVAL: quotes that do not end, a wrong escape.
/// ERANGE: an int past 64 bits, a float past double. EILSEQ: a surrogate, or a str that is not
/// UTF-8.
Result<Value> ParseLiteral(std::string_view text);

}  // namespace shmount
