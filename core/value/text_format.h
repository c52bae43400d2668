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

/// Converts `value` to `type`, as `mv 2.float 2.str` does. The text of the value is read as `type`:
/// 1.5 is not an int, and only 0 and 1 are bools. Two exceptions: True becomes the int 1, and str
/// and bytes become each other byte by byte. Fails as ParseText.
Result<Value> ConvertValue(const Value& value, Type type);

/// One line of `.values`: index, type and text, separated by tabs, ended by a newline. In the text
/// a backslash is \\, tab \t, newline \n, CR \r; other control characters (those of Unicode by
/// their UTF-8 bytes), and bytes past 0x7e in `bytes` or in a str that is not UTF-8, are \xHH.
void AppendValuesLine(std::string& out, std::uint64_t index, const Value& value);

/// The same in parts, for a text that is too long to be held in memory: first the head of the line,
/// then pieces of the text, none of which ends within a character.
void AppendValuesHead(std::string& out, std::uint64_t index, Type type);
void AppendValuesText(std::string& out, std::string_view piece, bool is_utf8);

}  // namespace shmount
