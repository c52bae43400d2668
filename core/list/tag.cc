// SPDX-License-Identifier: Apache-2.0
#include "core/list/tag.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstddef>
#include <span>
#include <string_view>

namespace shmount {
namespace {

using FormatChars = std::array<char, 8>;

constexpr FormatWord WordOf(std::string_view text) {
  FormatChars chars{};
  std::ranges::copy(text, chars.begin());
  return std::bit_cast<FormatWord>(chars);
}

constexpr FormatWord kIntWord = WordOf("q");
constexpr FormatWord kFloatWord = WordOf("d");
constexpr FormatWord kBoolWord = WordOf("xxxxxxx?");
constexpr FormatWord kNoneWord = WordOf("xxxxxx?x");

/// The n of `<n>s`. Returns nothing for forms that "%ds" does not print, such as `08s` or `s`.
std::optional<std::uint64_t> ParseTextLength(FormatWord word) {
  const auto chars = std::bit_cast<FormatChars>(word);
  std::uint64_t length = 0;
  std::size_t i = 0;
  for (; i < chars.size() && chars[i] >= '0' && chars[i] <= '9'; ++i) {
    length = length * 10 + static_cast<std::uint64_t>(chars[i] - '0');
  }
  if (i == 0 || i == chars.size() || chars[i] != 's' || (chars[0] == '0' && i > 1)) {
    return std::nullopt;
  }
  const bool padded = std::all_of(chars.begin() + static_cast<std::ptrdiff_t>(i) + 1, chars.end(),
                                  [](char c) { return c == '\0'; });
  return padded ? std::optional(length) : std::nullopt;
}

FormatWord TextWord(std::uint64_t length) {
  FormatChars chars{};
  const auto [end, error] = std::to_chars(chars.data(), chars.data() + chars.size() - 1, length);
  if (error != std::errc()) {
    return 0;  // past 9999999: no slot is that long
  }
  *end = 's';
  return std::bit_cast<FormatWord>(chars);
}

}  // namespace

std::optional<Format> ParseFormat(FormatWord word) {
  switch (word) {
    case kIntWord:
      return Format{Type::kInt, 8};
    case kFloatWord:
      return Format{Type::kFloat, 8};
    case kBoolWord:
      return Format{Type::kBool, 8};
    case kNoneWord:
      return Format{Type::kNone, 8};
    default:
      break;
  }
  const auto length = ParseTextLength(word);
  return length ? std::optional(Format{Type::kStr, *length}) : std::nullopt;
}

bool CodeAgrees(Type type, std::uint8_t code) {
  switch (type) {
    case Type::kStr:
    case Type::kBytes:
      return code == 1 || code == 2;
    case Type::kNone:
      return code == kNoneCode;
    default:
      return code == 0;
  }
}

std::optional<Format> Interpret(const Tag& tag) {
  auto format = ParseFormat(tag.format);
  if (!format || !CodeAgrees(format->type, tag.code)) {
    return std::nullopt;
  }
  if (tag.code == 2) {
    format->type = Type::kBytes;
  }
  return format;
}

Tag MakeTag(Type type, std::uint64_t length) {
  switch (type) {
    case Type::kInt:
      return {kIntWord, 0};
    case Type::kFloat:
      return {kFloatWord, 0};
    case Type::kBool:
      return {kBoolWord, 0};
    case Type::kStr:
      return {TextWord(length), 1};
    case Type::kBytes:
      return {TextWord(length), 2};
    default:
      return {kNoneWord, kNoneCode};
  }
}

Result<Tag> ReadTag(const BlockIo& io, const ListShape& shape, std::uint64_t index) {
  Tag tag;
  TRY(ReadExactly(io, shape.formats_begin() + 8 * index,
                  std::as_writable_bytes(std::span(&tag.format, 1))));
  TRY(ReadExactly(io, shape.codes_begin() + index,
                  std::as_writable_bytes(std::span(&tag.code, 1))));
  return tag;
}

}  // namespace shmount
