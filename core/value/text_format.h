// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/value/value.h"

namespace shmount {

/// What an element file reads as. All types but bytes end in one newline; a float is the
/// shortest text that reads back the same, in the form of Python's repr().
std::string FormatText(const Value& value);

/// The value that `text`, the whole of what was written to an element file, means. One newline at
/// the end is dropped, but for bytes. Numbers and bools may have blanks around them, as in Python.
/// EINVAL: not of the type (a NUL in a str too). ERANGE: an int past 64 bits, a float past
/// double. EILSEQ: a str that is not UTF-8.
Result<Value> ParseText(Type type, std::string_view text);

/// Whether `text` is UTF-8 as Python's strict decoder has it (no surrogates, no overlong forms).
bool IsUtf8(std::string_view text);

/// How many bytes at the end of `text` begin a UTF-8 character that further bytes could complete.
std::size_t Utf8Incomplete(std::string_view text);

/// `value` as the nearest of `type`, as Python's int(), float(), str() ... of it would be: what
/// `mv 2.float 2.str` does. Goes by way of the text, so that 1.5 is no int and only 0 and 1 are
/// bools; but True is the int 1, and str and bytes change into each other byte by byte. Errors as
/// ParseText's.
Result<Value> ConvertValue(const Value& value, Type type);

/// One line of `.values`: index, type and text, separated by tabs, ended by a newline. In the text
/// a backslash is \\, tab \t, newline \n, CR \r; other control characters (those of Unicode by
/// their UTF-8 bytes), and bytes past 0x7e in `bytes` or in a str that is not UTF-8, are \xHH.
void AppendValuesLine(std::string& out, std::uint64_t index, const Value& value);

}  // namespace shmount
