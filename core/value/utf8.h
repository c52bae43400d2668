// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shmount {

/// Whether `text` is UTF-8 for Python's strict decoder (no surrogates, no overlong forms).
bool IsUtf8(std::string_view text);

/// How many bytes at the end of `text` begin a UTF-8 character that further bytes could complete.
std::size_t Utf8Incomplete(std::string_view text);

/// Removes and returns the first character of `text`, which must not be empty. If the text does not
/// begin with UTF-8, removes one byte and returns nothing.
std::optional<std::uint32_t> TakeCharacter(std::string_view& text);

/// Appends a character, which must not be past U+10FFFF.
void AppendUtf8(std::string& out, std::uint32_t c);

/// Appends a backslash, `letter`, and `number` in as many hexadecimal digits as Python reads after
/// that letter: 2 after x, 4 after u, 8 after U.
void AppendHexEscape(std::string& out, char letter, std::uint32_t number);

/// Whether it is a character beyond ASCII that a terminal obeys: a control character, one that ends
/// a line, or one that changes the direction of what follows.
bool IsUnsafe(std::uint32_t c);

/// Returns a name, or another text of unknown origin, in a form that is safe on a terminal and in a
/// log. Control characters and bytes that are not UTF-8 become \xHH. The control characters beyond
/// ASCII (U+0080 to U+009F, which terminals obey too) and those that end a line or change the
/// direction of what follows become \uHHHH.
std::string Printable(std::string_view text);

}  // namespace shmount
