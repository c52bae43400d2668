// SPDX-License-Identifier: Apache-2.0
#include "core/value/literal_repr.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/value/text_format.h"
#include "core/value/utf8.h"

namespace shmount {
namespace {

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

/// Characters beyond ASCII that repr() escapes in every version of Unicode: separators, format and
/// control characters, private use, noncharacters.
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
  AppendHexEscape(out, c < 0x100 ? 'x' : c < 0x10000 ? 'u' : 'U', c);
}

/// Appends `c` escaped, and returns true, if both str and bytes escape it.
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

/// The quote that Python chooses.
char QuoteFor(std::string_view text) {
  return text.contains('\'') && !text.contains('"') ? '"' : '\'';
}

void AppendStr(std::string& out, std::string_view text) {
  const char quote = QuoteFor(text);
  out += quote;
  while (!text.empty()) {
    const std::string_view before = text;
    const auto c = TakeCharacter(text);
    if (!c) {
      AppendPoint(out, 0xDC00U + static_cast<unsigned char>(before[0]));
    } else if (*c >= 0x80 || !AppendCommonEscape(out, before[0], quote)) {
      if (IsPrintable(*c)) {
        out += before.substr(0, before.size() - text.size());
      } else {
        AppendPoint(out, *c);
      }
    }
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
