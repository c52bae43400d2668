// SPDX-License-Identifier: Apache-2.0
#include "core/value/literal_parse.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>

namespace shmount {
namespace {

using Int = std::int64_t;
using namespace std::string_literals;

TEST(ParseLiteral, Values) {
  const std::pair<std::string, Value> cases[] = {
      {"0", Int{0}},
      {"-1", Int{-1}},
      {"+5", Int{5}},
      {"1_000", Int{1000}},
      {"0x1F", Int{31}},
      {"0b101", Int{5}},
      {"0o17", Int{15}},
      {"00", Int{0}},
      {"9223372036854775807", INT64_MAX},
      {"-9223372036854775808", INT64_MIN},
      {"1.5", 1.5},
      {"-273.154", -273.154},
      {"1e3", 1000.0},
      {".5", 0.5},
      {"5.", 5.0},
      {"inf", INFINITY},
      {"-inf", -INFINITY},
      {"True", true},
      {"False", false},
      {"None", None{}},
      {"", Str{""}},
      {"howdy", Str{"howdy"}},
      {"dry ice", Str{"dry ice"}},
      {"true", Str{"true"}},
      {"007", Str{"007"}},
      {"1.2.3", Str{"1.2.3"}},
      {"10x", Str{"10x"}},
      {"-", Str{"-"}},
      {".", Str{"."}},
      {" 7", Str{" 7"}},
      {"7 ", Str{"7 "}},
      {"it's", Str{"it's"}},
      {"été", Str{"été"}},
      {"b", Str{"b"}},
      {"''", Str{""}},
      {"'7'", Str{"7"}},
      {"\"it's\"", Str{"it's"}},
      {R"('a\tb\n\\\'')", Str{"a\tb\n\\'"}},
      {R"('\x41\101\u00e9\U0001F40D')", Str{"AAé🐍"}},
      {R"('\q')", Str{"\\q"}},
      {R"('\udcff')", Str{"\xFF"}},
      {R"('a\x00b')", Str{"a\0b"s}},
      {"b''", Bytes{""}},
      {R"(b'\x00\xff\n')", Bytes{"\0\xFF\n"s}},
      {R"(b"\u0041")", Bytes{"\\u0041"}},
  };
  for (const auto& [text, value] : cases) {
    const auto parsed = ParseLiteral(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error().where;
    EXPECT_EQ(*parsed, value) << text;
  }
  EXPECT_TRUE(std::isnan(std::get<double>(ParseLiteral("nan").value())));
}

TEST(ParseLiteral, Refused) {
  const std::pair<std::string, int> cases[] = {
      {"'", EINVAL},
      {"'open", EINVAL},
      {"'a'b", EINVAL},
      {"'a\\'", EINVAL},
      {"b'open", EINVAL},
      {"b'é'", EINVAL},
      {"'\\x4'", EINVAL},
      {"'\\u12'", EINVAL},
      {"'\\N{DASH}'", EINVAL},
      {"'\\ud800'", EILSEQ},
      {"\xFF", EILSEQ},
      {"'\xFF'", EILSEQ},
      {"'\\U00110000'", EINVAL},
      {"9223372036854775808", ERANGE},
  };
  for (const auto& [text, code] : cases) {
    const auto parsed = ParseLiteral(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, code) << text;
  }
}

}  // namespace
}  // namespace shmount
