// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <random>

#include "core/value/literal_parse.h"
#include "tests/support/list_blocks.h"

namespace shmount {
namespace {

using Int = std::int64_t;
using namespace std::string_literals;

std::string Repr(const Value& value) {
  std::string text;
  AppendRepr(text, value);
  return text;
}

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

TEST(AppendRepr, IsPythons) {
  const std::pair<Value, std::string> cases[] = {
      {Int{-7}, "-7"},
      {1e16, "1e+16"},
      {-0.0, "-0.0"},
      {true, "True"},
      {None{}, "None"},
      {Str{"howdy"}, "'howdy'"},
      {Str{"it's"}, "\"it's\""},
      {Str{"'\""}, R"('\'"')"},
      {Str{"a\n\t\r\\\x01\x7F"}, R"('a\n\t\r\\\x01\x7f')"},
      {Str{"é\u0085\u00a0\u200b🐍"}, R"('é\x85\xa0\u200b🐍')"},
      {Str{"\xFF"}, R"('\udcff')"},
      {Bytes{"a'\0\xFF"s}, R"(b"a'\x00\xff")"},
  };
  for (const auto& [value, text] : cases) {
    EXPECT_EQ(Repr(value), text);
  }
}

TEST(AppendRepr, ReadsBackTheSame) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 20000; ++i) {
    Value value = RandomValue(random);
    if (auto* str = std::get_if<Str>(&value); str != nullptr) {
      for (char& c : str->utf8) {
        c = static_cast<char>(random());
      }
    } else if (auto* bytes = std::get_if<Bytes>(&value); bytes != nullptr) {
      for (char& c : bytes->data) {
        c = static_cast<char>(random());
      }
    }
    const auto back = ParseLiteral(Repr(value));
    ASSERT_TRUE(back) << Repr(value);
    EXPECT_EQ(*back, value) << Repr(value);
  }
}

}  // namespace
}  // namespace shmount
