// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/value/value.h"

namespace shmount {

/// The text of an element file. All types but bytes end in one newline; a float is the shortest
/// text that reads back the same, in the form of Python's repr().
std::string FormatText(const Value& value);

/// `value` as the nearest of `type`, as Python's int(), float(), str() ... of it would be: what
/// `mv 2.float 2.str` does. The conversion goes by way of the text, so that 1.5 is no int and only
/// 0 and 1 are bools. However, True is the int 1, and str and bytes become each other byte by byte.
/// Errors as ParseText's.
Result<Value> ConvertValue(const Value& value, Type type);

/// One line of `.values`: index, type and text, separated by tabs, ended by a newline. In the text
/// a backslash is \\, tab \t, newline \n, CR \r; other control characters (those of Unicode by
/// their UTF-8 bytes), and bytes past 0x7e in `bytes` or in a str that is not UTF-8, are \xHH.
void AppendValuesLine(std::string& out, std::uint64_t index, const Value& value);

/// The same in parts, for a text that is too long to be held: what comes before the text, and then
/// pieces of it, none of which ends within a character.
void AppendValuesHead(std::string& out, std::uint64_t index, Type type);
void AppendValuesText(std::string& out, std::string_view piece, bool is_utf8);

}  // namespace shmount
