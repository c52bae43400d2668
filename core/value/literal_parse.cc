// SPDX-License-Identifier: Apache-2.0
#include "core/value/literal_parse.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/value/text_parse.h"
#include "core/value/utf8.h"

namespace shmount {
namespace {

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// Reads the text between the quotes of a str or bytes.
class Unquoter {
 public:
  Unquoter(std::string_view text, bool bytes) : rest_(text), bytes_(bytes) {}

  Result<std::string> Run() {
    while (!rest_.empty()) {
      const char c = Take();
      if (c == '\\') {
        TRY(Escape());
      } else if (bytes_ && static_cast<unsigned char>(c) > 0x7F) {
        return Fail(EINVAL, "bytes can only contain ASCII literal characters");
      } else {
        plain_ += c;
      }
    }
    TRY(Flush());
    return std::move(out_);
  }

 private:
  char Take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  /// Checks unescaped characters, which must be UTF-8 as Python's source. Bytes from escapes need
  /// not be.
  Status Flush() {
    if (!bytes_ && !IsUtf8(plain_)) {
      return Fail(EILSEQ, "not UTF-8");
    }
    out_ += plain_;
    plain_.clear();
    return {};
  }

  Status Escape() {
    TRY(Flush());
    constexpr std::string_view kLetters = "\\'\"abfnrtv";
    constexpr std::string_view kMeanings = "\\'\"\a\b\f\n\r\t\v";
    const char c = Take();  // there is one: an escaped quote does not end the text
    if (const auto at = kLetters.find(c); at != std::string_view::npos) {
      out_ += kMeanings[at];
      return {};
    }
    switch (c) {
      case '\n':
        return {};
      case 'x':
        return Digits(2);
      case 'u':
        return bytes_ ? Unknown(c) : Digits(4);
      case 'U':
        return bytes_ ? Unknown(c) : Digits(8);
      case 'N':
        return bytes_ ? Unknown(c) : Fail(EINVAL, "\\N{...} is not known here");
      default:
        return c >= '0' && c <= '7' ? Octal(c) : Unknown(c);
    }
  }

  /// Python keeps an escape that it does not know as it is.
  Status Unknown(char c) {
    out_ += '\\';
    plain_ += c;
    return {};
  }

  Status Octal(char first) {
    auto c = static_cast<std::uint32_t>(first - '0');
    for (int i = 0; i < 2 && !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '7'; ++i) {
      c = c * 8 + static_cast<std::uint32_t>(Take() - '0');
    }
    return Put(bytes_ ? c & 0xFF : c);
  }

  Status Digits(std::size_t count) {
    const std::string_view digits = rest_.substr(0, count);
    std::uint32_t c = 0;
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), c, 16);
    if (digits.size() != count || end.ptr != digits.data() + count) {
      return Fail(EINVAL, "truncated \\ escape");
    }
    rest_.remove_prefix(count);
    return Put(c);
  }

  Status Put(std::uint32_t c) {
    if (bytes_ || (c >= 0xDC80 && c <= 0xDCFF)) {
      out_ += static_cast<char>(c & 0xFF);
      return {};
    }
    if (c >= 0xD800 && c <= 0xDFFF) {
      return Fail(EILSEQ, "surrogates are not UTF-8");
    }
    if (c > 0x10FFFF) {
      return Fail(EINVAL, "illegal Unicode character");
    }
    AppendUtf8(out_, c);
    return {};
  }

  std::string_view rest_;
  bool bytes_;
  std::string plain_;
  std::string out_;
};

/// Whether the first quote in `text` ends at its last character, and only there.
bool IsQuoted(std::string_view text) {
  const char quote = text.front();
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      return i + 1 == text.size();
    }
  }
  return false;
}

/// Whether Python's tokenizer could take it for a number: 007 and " 7" are none.
bool LooksLikeNumber(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) {
    text.remove_prefix(1);
  }
  if (text == "inf" || text == "nan") {
    return true;
  }
  const bool digits = !text.empty() && (IsDigit(text[0]) || (text[0] == '.' && text.size() > 1));
  const bool all_digits = std::ranges::all_of(text, [](char c) { return IsDigit(c) || c == '_'; });
  const bool padded = text.size() > 1 && text[0] == '0' && all_digits &&
                      text.find_first_not_of("0_") != std::string_view::npos;
  const bool blank = !text.empty() && (text.back() <= ' ');
  return digits && !padded && !blank;
}

Result<Value> ParseNumber(std::string_view text) {
  auto value = ParseText(Type::kInt, text);
  return value || value.error().code == ERANGE ? value : ParseText(Type::kFloat, text);
}

Result<Value> ParseBare(std::string_view text) {
  if (!IsUtf8(text)) {
    return Fail(EILSEQ, "not UTF-8");
  }
  return Str{std::string(text)};
}

}  // namespace

Result<Value> ParseLiteral(std::string_view text) {
  if (text == "None") {
    return None{};
  }
  if (text == "True" || text == "False") {
    return text == "True";
  }
  const bool bytes =
      text.size() > 1 && (text[0] == 'b' || text[0] == 'B') && (text[1] == '\'' || text[1] == '"');
  const std::string_view quoted = text.substr(bytes ? 1 : 0);
  if (bytes || text.starts_with('\'') || text.starts_with('"')) {
    if (!IsQuoted(quoted)) {
      return Fail(EINVAL, "quotes that do not end the literal");
    }
    auto content = TRY(Unquoter(quoted.substr(1, quoted.size() - 2), bytes).Run());
    return bytes ? Value(Bytes{std::move(content)}) : Value(Str{std::move(content)});
  }
  if (LooksLikeNumber(text)) {
    if (auto number = ParseNumber(text); number || number.error().code == ERANGE) {
      return number;
    }
  }
  return ParseBare(text);
}

}  // namespace shmount
