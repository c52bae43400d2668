// SPDX-License-Identifier: Apache-2.0
#include "core/value/text_format.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/value/text_parse.h"
#include "core/value/utf8.h"

namespace shmount {
namespace {

template <class Integer>
void AppendInteger(std::string& out, Integer value) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

/// Digits `d` or `d.ddd`, times 10 to the `exponent`, without an exponent and with a decimal point.
void AppendPlain(std::string& out, std::string_view mantissa, int exponent) {
  std::string digits(mantissa.substr(0, 1));
  if (mantissa.size() > 2) {
    digits.append(mantissa.substr(2));
  }
  if (exponent < 0) {
    out.append("0.").append(static_cast<std::size_t>(-exponent - 1), '0').append(digits);
    return;
  }
  const std::size_t whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= whole) {
    out.append(digits).append(whole - digits.size(), '0').append(".0");
  } else {
    out.append(digits, 0, whole).append(1, '.').append(digits, whole);
  }
}

/// As repr(): the shortest digits, with an exponent below 1e-4 and from 1e16 on.
void AppendFloat(std::string& out, double value) {
  if (std::isnan(value)) {
    out.append("nan");  // without its sign
    return;
  }
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::scientific)
                       .ptr;
  std::string_view text(buffer.data(), end);
  const std::size_t e = text.find('e');
  if (e == std::string_view::npos) {
    out.append(text);  // inf
    return;
  }
  int exponent = 0;
  std::from_chars(text.data() + e + (text[e + 1] == '+' ? 2 : 1), end, exponent);
  if (exponent < -4 || exponent >= 16) {
    out.append(text);
    return;
  }
  text = text.substr(0, e);
  if (text.front() == '-') {
    out.push_back('-');
    text.remove_prefix(1);
  }
  AppendPlain(out, text, exponent);
}

/// The text of a value, without the newline.
void AppendText(std::string& out, const Value& value) {
  switch (TypeOf(value)) {
    case Type::kInt:
      AppendInteger(out, std::get<std::int64_t>(value));
      break;
    case Type::kFloat:
      AppendFloat(out, std::get<double>(value));
      break;
    case Type::kBool:
      out.append(std::get<bool>(value) ? "True" : "False");
      break;
    case Type::kStr:
      out.append(std::get<Str>(value).utf8);
      break;
    case Type::kBytes:
      out.append(std::get<Bytes>(value).data);
      break;
    case Type::kNone:
      out.append("None");
      break;
  }
}

void AppendEscape(std::string& out, char byte) {
  switch (byte) {
    case '\\':
      out.append("\\\\");
      break;
    case '\t':
      out.append("\\t");
      break;
    case '\n':
      out.append("\\n");
      break;
    case '\r':
      out.append("\\r");
      break;
    default:
      AppendHexEscape(out, 'x', static_cast<unsigned char>(byte));
  }
}

/// How many bytes at the start of `text` have to be escaped; 0 for a plain character. In UTF-8,
/// U+0080 to U+009F are control characters too, which terminals obey.
std::size_t ToEscape(std::string_view text, bool is_utf8) {
  const auto byte = static_cast<unsigned char>(text.front());
  if (byte < 0x20 || byte == 0x7F || byte == '\\' || (byte > 0x7F && !is_utf8)) {
    return 1;
  }
  return byte == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0 ? 2 : 0;
}

}  // namespace

void AppendValuesText(std::string& out, std::string_view text, bool is_utf8) {
  std::size_t plain = 0;  // where the characters begin that are not copied yet
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t escapes = ToEscape(text.substr(i), is_utf8);
    if (escapes == 0) {
      ++i;
      continue;
    }
    out.append(text.substr(plain, i - plain));
    for (plain = i + escapes; i < plain; ++i) {
      AppendEscape(out, text[i]);
    }
  }
  out.append(text.substr(plain));
}

std::string FormatText(const Value& value) {
  std::string text;
  AppendText(text, value);
  if (TypeOf(value) != Type::kBytes) {
    text.push_back('\n');
  }
  return text;
}

Result<Value> ConvertValue(const Value& value, Type type) {
  if (TypeOf(value) == type) {
    return value;
  }
  std::string text;
  const auto* truth = std::get_if<bool>(&value);
  if (truth != nullptr && (type == Type::kInt || type == Type::kFloat)) {
    text = *truth ? "1" : "0";
  } else {
    AppendText(text, value);
  }
  if (type != Type::kBytes) {
    text.push_back('\n');  // ParseText drops one newline, which must not be the value's own
  }
  return ParseText(type, text);
}

void AppendValuesHead(std::string& out, std::uint64_t index, Type type) {
  AppendInteger(out, index);
  out.append(1, '\t').append(TypeName(type)).append(1, '\t');
}

void AppendValuesLine(std::string& out, std::uint64_t index, const Value& value) {
  AppendValuesHead(out, index, TypeOf(value));
  if (const auto* str = std::get_if<Str>(&value)) {
    AppendValuesText(out, str->utf8, IsUtf8(str->utf8));
  } else if (const auto* bytes = std::get_if<Bytes>(&value)) {
    AppendValuesText(out, bytes->data, false);
  } else {
    AppendText(out, value);
  }
  out.push_back('\n');
}

}  // namespace shmount
