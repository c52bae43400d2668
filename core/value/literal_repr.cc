// SPDX-License-Identifier: Apache-2.0
// AppendRepr of literal.h.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "core/value/literal_parse.h"
#include "core/value/text_format.h"

namespace shmount {
namespace {

void AppendHex(std::string& out, std::uint32_t number, int digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    out += kDigits[number >> shift & 15];
  }
}

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

/// What repr() escapes beyond ASCII as far as it does not change with Unicode's versions:
/// separators, format and control characters, private use, no characters.
constexpr std::array kUnprintable = std::to_array<Range>({
    {0x7F, 0xA0},       {0xAD, 0xAD},       {0x600, 0x605},     {0x61C, 0x61C},
    {0x6DD, 0x6DD},     {0x70F, 0x70F},     {0x1680, 0x1680},   {0x180E, 0x180E},
    {0x2000, 0x200F},   {0x2028, 0x202F},   {0x205F, 0x206F},   {0x3000, 0x3000},
    {0xD800, 0xF8FF},   {0xFEFF, 0xFEFF},   {0xFFF0, 0xFFFB},   {0xFFFE, 0xFFFF},
    {0x1FFFE, 0x1FFFF}, {0x2FFFE, 0x2FFFF}, {0x3FFFE, 0xE00FF}, {0xE01F0, 0x10FFFF},
});

bool IsPrintable(std::uint32_t c) {
  return c >= 0x20 && std::ranges::none_of(kUnprintable, [c](const Range& range) {
           return c >= range.first && c <= range.last;
         });
}

void AppendPoint(std::string& out, std::uint32_t c) {
  if (c < 0x100) {
    out += "\\x";
    AppendHex(out, c, 2);
  } else if (c < 0x10000) {
    out += "\\u";
    AppendHex(out, c, 4);
  } else {
    out += "\\U";
    AppendHex(out, c, 8);
  }
}

/// What both kinds of quoted text escape; whether `c` is one of these.
bool AppendCommonEscape(std::string& out, char c, char quote) {
  if (c == '\\' || c == quote) {
    out += '\\';
    out += c;
    return true;
  }
  if (c == '\n' || c == '\r' || c == '\t') {
    out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
    return true;
  }
  return false;
}

/// As Python chooses them.
char QuoteFor(std::string_view text) {
  return text.contains('\'') && !text.contains('"') ? '"' : '\'';
}

/// How many bytes the character at the start of `text` takes; 0 where it is not UTF-8.
std::size_t CharacterLength(std::string_view text) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(4, text.size()); ++length) {
    if (IsUtf8(text.substr(0, length))) {
      return length;
    }
  }
  return 0;
}

std::uint32_t DecodePoint(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) {
    return lead;
  }
  std::uint32_t c = lead & (0x7FU >> character.size());
  for (const char byte : character.substr(1)) {
    c = c << 6 | (static_cast<unsigned char>(byte) & 0x3FU);
  }
  return c;
}

void AppendStr(std::string& out, std::string_view text) {
  const char quote = QuoteFor(text);
  out += quote;
  while (!text.empty()) {
    const std::size_t length = CharacterLength(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
    if (length == 0) {
      AppendPoint(out, 0xDC00U + static_cast<unsigned char>(text[0]));
    } else if (length > 1 || !AppendCommonEscape(out, text[0], quote)) {
      const std::uint32_t c = DecodePoint(character);
      if (IsPrintable(c)) {
        out += character;
      } else {
        AppendPoint(out, c);
      }
    }
    text.remove_prefix(character.size());
  }
  out += quote;
}

void AppendBytes(std::string& out, std::string_view data) {
  const char quote = QuoteFor(data);
  out += 'b';
  out += quote;
  for (const char c : data) {
    if (!AppendCommonEscape(out, c, quote)) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte >= 0x20 && byte < 0x7F) {
        out += c;
      } else {
        AppendPoint(out, byte);
      }
    }
  }
  out += quote;
}

}  // namespace

void AppendRepr(std::string& out, const Value& value) {
  if (const auto* str = std::get_if<Str>(&value)) {
    AppendStr(out, str->utf8);
  } else if (const auto* bytes = std::get_if<Bytes>(&value)) {
    AppendBytes(out, bytes->data);
  } else {
    const std::string text = FormatText(value);
    out.append(text, 0, text.size() - 1);  // without the newline
  }
}

}  // namespace shmount
