// SPDX-License-Identifier: Apache-2.0
#include "core/value/text_parse.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "core/value/utf8.h"

namespace shmount {
namespace {

constexpr std::string_view kBlanks = " \t\n\v\f\r";

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }
constexpr char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr bool IsHexDigit(char c) { return IsDigit(c) || (Lower(c) >= 'a' && Lower(c) <= 'f'); }

std::string_view Trim(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

/// Removes the sign, and returns whether it was a minus.
bool TakeSign(std::string_view& text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) {
    text.remove_prefix(1);
  }
  return negative;
}

/// Returns `text` without its underscores, or nothing if one is not between two digits.
template <class Predicate>
std::optional<std::string> DropUnderscores(std::string_view text, Predicate is_digit) {
  std::string digits;
  digits.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      digits.push_back(text[i]);
    } else if (i == 0 || i + 1 == text.size() || !is_digit(text[i - 1]) || !is_digit(text[i + 1])) {
      return std::nullopt;
    }
  }
  return digits;
}

/// Removes `0x`, `0o` or `0b`, and the underscore that Python allows after it. Returns the base.
int TakeBase(std::string_view& text) {
  if (text.size() < 2 || text[0] != '0') {
    return 10;
  }
  const char letter = Lower(text[1]);
  const int base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 10;
  if (base != 10) {
    text.remove_prefix(text.substr(2).starts_with('_') ? 3 : 2);
  }
  return base;
}

Result<Value> ParseInt(std::string_view text) {
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  text = Trim(text);
  const bool negative = TakeSign(text);
  const int base = TakeBase(text);
  const auto digits = DropUnderscores(text, IsHexDigit);
  if (!digits) {
    return Fail(EINVAL, "not an int");
  }
  std::uint64_t magnitude = 0;
  const char* end = digits->data() + digits->size();
  const auto [stop, error] = std::from_chars(digits->data(), end, magnitude, base);
  if (error == std::errc::invalid_argument || stop != end) {
    return Fail(EINVAL, "not an int");
  }
  if (error != std::errc() || magnitude > kMax + (negative ? 1 : 0)) {
    return Fail(ERANGE, "int past 64 bits");
  }
  return static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
}

/// The parts of a decimal number without its sign: `whole.fraction` and an exponent.
struct Decimal {
  std::string_view whole;
  std::string_view fraction;
  std::int64_t exponent = 0;
};

std::string_view TakeDigits(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, IsDigit);
  const auto digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(digits.size());
  return digits;
}

/// Reads `e` and the digits after it. An exponent out of range is replaced by a very large one.
bool TakeExponent(std::string_view text, std::int64_t& exponent) {
  constexpr std::int64_t kVeryLarge = std::numeric_limits<std::int64_t>::max() / 2;
  text.remove_prefix(1);
  const bool negative = TakeSign(text);
  const std::string_view digits = TakeDigits(text);
  if (digits.empty() || !text.empty()) {
    return false;
  }
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  if (result.ec != std::errc()) {
    exponent = kVeryLarge;
  }
  exponent = std::min(exponent, kVeryLarge) * (negative ? -1 : 1);
  return true;
}

std::optional<Decimal> ParseDecimal(std::string_view text) {
  Decimal decimal;
  decimal.whole = TakeDigits(text);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    decimal.fraction = TakeDigits(text);
  }
  if (decimal.whole.empty() && decimal.fraction.empty()) {
    return std::nullopt;
  }
  if (text.empty() || (Lower(text.front()) == 'e' && TakeExponent(text, decimal.exponent))) {
    return decimal;
  }
  return std::nullopt;
}

/// Whether a number out of double's range is too large, not too small.
bool IsLarge(const Decimal& decimal) {
  std::int64_t point =
      0;  // how many places the point is to the right of the first digit that is not zero
  if (const auto first = decimal.whole.find_first_not_of('0'); first != std::string_view::npos) {
    point = static_cast<std::int64_t>(decimal.whole.size() - first);
  } else if (const auto next = decimal.fraction.find_first_not_of('0');
             next != std::string_view::npos) {
    point = -static_cast<std::int64_t>(next);
  } else {
    return false;
  }
  return decimal.exponent + point > 0;
}

std::optional<double> ParseSpecial(std::string_view text) {
  std::string lower(text.substr(0, 9));  // one character more than "infinity"
  std::ranges::transform(lower, lower.begin(), Lower);
  if (lower == "inf" || lower == "infinity") {
    return std::numeric_limits<double>::infinity();
  }
  return lower == "nan" ? std::optional(std::numeric_limits<double>::quiet_NaN()) : std::nullopt;
}

Result<Value> ParseFloat(std::string_view text) {
  text = Trim(text);
  const double sign = TakeSign(text) ? -1.0 : 1.0;
  if (const auto special = ParseSpecial(text)) {
    return std::copysign(*special, sign);
  }
  const auto digits = DropUnderscores(text, IsDigit);
  const auto decimal = digits ? ParseDecimal(*digits) : std::nullopt;
  if (!decimal) {
    return Fail(EINVAL, "not a float");
  }
  double magnitude = 0;
  const auto result = std::from_chars(digits->data(), digits->data() + digits->size(), magnitude);
  if (result.ec != std::errc() || std::isinf(magnitude)) {
    if (IsLarge(*decimal)) {
      return Fail(ERANGE, "float past double");
    }
    magnitude = 0;
  }
  return std::copysign(magnitude, sign);
}

Result<Value> ParseBool(std::string_view text) {
  text = Trim(text);
  if (text == "True" || text == "true" || text == "1") {
    return true;
  }
  if (text == "False" || text == "false" || text == "0") {
    return false;
  }
  return Fail(EINVAL, "not a bool");
}

/// `cut` is how many bytes at the end need not make a whole character.
Result<Value> ParseStr(std::string_view text, std::size_t cut = 0) {
  if (text.find('\0') != std::string_view::npos) {
    return Fail(EINVAL, "NUL in a str");
  }
  if (!IsUtf8(text.substr(0, text.size() - cut))) {
    return Fail(EILSEQ, "str is not UTF-8");
  }
  return Str{std::string(text)};
}

Result<Value> ParseNone(std::string_view text) {
  text = Trim(text);
  if (text.empty() || text == "None") {
    return None{};
  }
  return Fail(EINVAL, "not None");
}

}  // namespace

Result<Value> ParseText(Type type, std::string_view text) {
  if (type != Type::kBytes && text.ends_with('\n')) {
    text.remove_suffix(1);
  }
  switch (type) {
    case Type::kInt:
      return ParseInt(text);
    case Type::kFloat:
      return ParseFloat(text);
    case Type::kBool:
      return ParseBool(text);
    case Type::kStr:
      return ParseStr(text);
    case Type::kBytes:
      return Bytes{std::string(text)};
    case Type::kNone:
      return ParseNone(text);
  }
  return Fail(EINVAL, "no such type");
}

Result<Value> ParseDraftText(Type type, std::string_view text) {
  if (type != Type::kStr) {
    return ParseText(type, text);
  }
  if (text.ends_with('\n')) {
    text.remove_suffix(1);
  }
  return ParseStr(text, Utf8Incomplete(text));
}

}  // namespace shmount
