// SPDX-License-Identifier: Apache-2.0
#include "core/value/utf8.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace shmount {
namespace {

using namespace std::string_literals;

TEST(Utf8, IsWhatPythonsStrictDecoderTakes) {
  for (const std::string& text :
       {""s, "plain ascii, longer than a word"s, "\x7f"s, "\0"s, "\xc2\x80"s, "\xdf\xbf"s,
        "\xe0\xa0\x80"s, "\xed\x9f\xbf"s, "\xee\x80\x80"s, "\xef\xbf\xbf"s, "\xf0\x90\x80\x80"s,
        "\xf4\x8f\xbf\xbf"s, "1234567é"s, "12345678é12345678"s}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
    EXPECT_EQ(Utf8Incomplete(text), 0U) << text;
  }
  for (const std::string& text :
       {"\x80"s, "\xbf"s, "\xc0\xaf"s, "\xc1\xbf"s, "\xe0\x9f\xbf"s, "\xed\xa0\x80"s,
        "\xed\xbf\xbf"s, "\xf0\x8f\xbf\xbf"s, "\xf4\x90\x80\x80"s, "\xf5\x80\x80\x80"s, "\xfe"s,
        "\xff"s, "\xc3("s, "\xe2\x82"s, "\xe2\x82("s, "\xf0\x9f\x90"s, "12345678\xc3"s, "é\x80"s,
        "1234567\xff"
        "8"s}) {
    EXPECT_FALSE(IsUtf8(text)) << text;
  }
}

TEST(Utf8, IncompleteCountsWhatCanBeCompleted) {
  const std::pair<std::string, std::size_t> cases[] = {
      {"\xc3", 1},         {"a\xe2", 1},
      {"a\xe2\x82", 2},    {"\xf0\x9f\x90", 3},
      {"\xf0\x9f", 2},     {"\xf0", 1},
      {"é\xc3", 1},        {"\xc0", 0},
      {"\xff", 0},         {"\xf5", 0},
      {"\xe0\x9f", 0},     {"\xed\xa0", 0},
      {"\xf0\x8f", 0},     {"\xf4\x90", 0},
      {"\x80", 0},         {"\x80\x80\x80\x80", 0},
      {"\xc3\xa9", 0},     {"\xc3\x80\x80", 0},
      {"\xe2\x82\xac", 0}, {"\xf0\x9f\x90\x8d", 0},
      {"\xf0\x9f(", 0},    {"", 0},
  };
  for (const auto& [text, count] : cases) {
    EXPECT_EQ(Utf8Incomplete(text), count) << ::testing::PrintToString(text);
  }
}

TEST(Utf8, TakesCharactersAndAppendsThemBack) {
  const std::string text = "a\u00e9\u0800\uffff\U00010000\U0010ffff";
  std::string_view rest = text;
  std::vector<std::uint32_t> taken;
  std::string back;
  while (!rest.empty()) {
    taken.push_back(TakeCharacter(rest).value());
    AppendUtf8(back, taken.back());
  }
  EXPECT_EQ(taken, (std::vector<std::uint32_t>{'a', 0xE9, 0x800, 0xFFFF, 0x10000, 0x10FFFF}));
  EXPECT_EQ(back, text);
  rest = "\xe2\x82";
  EXPECT_EQ(TakeCharacter(rest), std::nullopt);
  EXPECT_EQ(rest, "\x82");
}

TEST(Utf8, PrintableEscapesWhatATerminalObeys) {
  const std::pair<std::string, std::string> cases[] = {
      {"", ""},
      {"plain \\ ~", "plain \\ ~"},
      {"\u00e9\u00a0\u65e5\U0001F40D", "\u00e9\u00a0\u65e5\U0001F40D"},
      {"a\nb\t\x1b[31m\x7f\0"s, "a\\x0ab\\x09\\x1b[31m\\x7f\\x00"},
      {"\u0080\u009b31m\u009f", "\\u0080\\u009b31m\\u009f"},
      {"\xff\x9b", "\\xff\\x9b"},
      // The rest of a text that is not all UTF-8 stays readable.
      {"\u00e9\xc3(\u65e5\xe2\x82", "\u00e9\\xc3(\u65e5\\xe2\\x82"},
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
      {"a\u202etxt.exe", "a\\u202etxt.exe"},
      {"\u061c\u200e\u200f\u2028\u2029\u202a\u2066\u2069",
       "\\u061c\\u200e\\u200f\\u2028\\u2029\\u202a\\u2066\\u2069"},
      {"\u200d\u2027\u202f\u2065", "\u200d\u2027\u202f\u2065"},
  };
  for (const auto& [text, printable] : cases) {
    EXPECT_EQ(Printable(text), printable) << ::testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace shmount
