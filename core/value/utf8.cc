// SPDX-License-Identifier: Apache-2.0
#include "core/value/utf8.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace shmount {
namespace {

/// What the first byte of a character requires. The bounds of the second byte exclude surrogates,
/// overlong forms and code points past U+10FFFF; all further bytes are 80 to BF.
struct Lead {
  std::size_t length = 0;  ///< of the whole character; 0: not a first byte
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
};

constexpr Lead LeadOf(unsigned char byte) {
  if (byte < 0x80) {
    return {1};
  }
  if (byte < 0xC2 || byte > 0xF4) {
    return {};
  }
  switch (byte) {
    case 0xE0:
      return {3, 0xA0};
    case 0xED:
      return {3, 0x80, 0x9F};
    case 0xF0:
      return {4, 0x90};
    case 0xF4:
      return {4, 0x80, 0x8F};
    default:
      return {byte < 0xE0 ? std::size_t{2} : byte < 0xF0 ? std::size_t{3} : std::size_t{4}};
  }
}

/// The first character of `text`: its full length, and whether all of its bytes that are there are
/// valid.
struct Character {
  std::size_t length = 0;
  bool right = false;
};

Character FirstCharacter(std::string_view text) {
  const Lead lead = LeadOf(static_cast<unsigned char>(text.front()));
  const std::size_t there = std::min(lead.length, text.size());
  for (std::size_t i = 1; i < there; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < (i == 1 ? lead.low : 0x80) || byte > (i == 1 ? lead.high : 0xBF)) {
      return {};
    }
  }
  return {lead.length, lead.length > 0};
}

/// Skips the ASCII at the start, 8 characters at a time.
std::string_view SkipAscii(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  std::uint64_t word = 0;
  while (text.size() >= sizeof(word)) {
    std::memcpy(&word, text.data(), sizeof(word));
    if ((word & kHighBits) != 0) {
      break;
    }
    text.remove_prefix(sizeof(word));
  }
  return text;
}

}  // namespace

bool IsUnsafe(std::uint32_t c) {
  return (c >= 0x80 && c < 0xA0) || c == 0x61C || c == 0x200E || c == 0x200F ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

bool IsUtf8(std::string_view text) {
  for (text = SkipAscii(text); !text.empty(); text = SkipAscii(text)) {
    const Character character = FirstCharacter(text);
    if (!character.right || character.length > text.size()) {
      return false;
    }
    text.remove_prefix(character.length);
  }
  return true;
}

std::size_t Utf8Incomplete(std::string_view text) {
  for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const std::string_view tail = text.substr(text.size() - back);
    if ((static_cast<unsigned char>(tail.front()) & 0xC0) != 0x80) {
      const Character character = FirstCharacter(tail);
      return character.right && character.length > back ? back : 0;
    }
  }
  return 0;
}

std::optional<std::uint32_t> TakeCharacter(std::string_view& text) {
  const Character character = FirstCharacter(text);
  const auto first = static_cast<unsigned char>(text.front());
  if (!character.right || character.length > text.size()) {
    text.remove_prefix(1);
    return std::nullopt;
  }
  std::uint32_t c = character.length == 1 ? first : first & (0x7FU >> character.length);
  for (const char byte : text.substr(1, character.length - 1)) {
    c = c << 6 | (static_cast<unsigned char>(byte) & 0x3FU);
  }
  text.remove_prefix(character.length);
  return c;
}

void AppendUtf8(std::string& out, std::uint32_t c) {
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6);
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3F));
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

void AppendHexEscape(std::string& out, char letter, std::uint32_t number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const int digits = letter == 'x' ? 2 : letter == 'u' ? 4 : 8;
  out.append({'\\', letter});
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    out += kDigits[number >> shift & 15];
  }
}

std::string Printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view before = text;
    const auto c = TakeCharacter(text);
    if (!c || *c < 0x20 || *c == 0x7F) {
      AppendHexEscape(out, 'x', static_cast<unsigned char>(before.front()));
    } else if (IsUnsafe(*c)) {
      AppendHexEscape(out, 'u', *c);
    } else {
      out += before.substr(0, before.size() - text.size());
    }
  }
  return out;
}

}  // namespace shmount
