// SPDX-License-Identifier: Apache-2.0
#include "core/value/text_parse.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "core/value/text_format.h"

namespace shmount {
namespace {

using namespace std::string_literals;
using Int = std::int64_t;
using Float = std::numeric_limits<double>;

constexpr Int kMinInt = std::numeric_limits<Int>::min();
constexpr Int kMaxInt = std::numeric_limits<Int>::max();

TEST(ParseText, Good) {
  struct Case {
    Type type;
    std::string text;
    Value expected;
  };
  const Case cases[] = {
      {Type::kInt, "0", Int{0}},
      {Type::kInt, "-0", Int{0}},
      {Type::kInt, " \t+42\r\n\n", Int{42}},
      {Type::kInt, "007", Int{7}},
      {Type::kInt, "1_000_000", Int{1000000}},
      {Type::kInt, "0_0", Int{0}},
      {Type::kInt, "0x1F", Int{31}},
      {Type::kInt, "-0X_f_f", Int{-255}},
      {Type::kInt, "0o17", Int{15}},
      {Type::kInt, "0b1_01", Int{5}},
      {Type::kInt, "9223372036854775807", kMaxInt},
      {Type::kInt, "-9223372036854775808", kMinInt},
      {Type::kInt, "-0x8000000000000000", kMinInt},
      {Type::kInt, "0x7fff_ffff_ffff_ffff", kMaxInt},
      {Type::kInt, std::string(300, '0') + "9", Int{9}},
      {Type::kFloat, "1", 1.0},
      {Type::kFloat, "1.", 1.0},
      {Type::kFloat, ".5", 0.5},
      {Type::kFloat, "-0", -0.0},
      {Type::kFloat, " 1_0.0_1e1_0\n", 10.01e10},
      {Type::kFloat, "1E5", 1e5},
      {Type::kFloat, "+1e+16", 1e16},
      {Type::kFloat, "1e-05", 1e-5},
      {Type::kFloat, "INF", Float::infinity()},
      {Type::kFloat, "-Infinity", -Float::infinity()},
      {Type::kFloat, "1.7976931348623157e308", Float::max()},
      {Type::kFloat, "1.7976931348623158e308", Float::max()},
      {Type::kFloat, "4.9e-324", Float::denorm_min()},
      {Type::kFloat, "1e-400", 0.0},
      {Type::kFloat, "-1e-400", -0.0},
      {Type::kFloat, "1e-99999999999999999999", 0.0},
      {Type::kFloat, "0e99999999999999999999", 0.0},
      {Type::kFloat, "0." + std::string(400, '0') + "1e401", 1.0},
      {Type::kFloat, "1" + std::string(400, '0') + "e-400", 1.0},
      {Type::kBool, "True\n", true},
      {Type::kBool, " false ", false},
      {Type::kBool, "true", true},
      {Type::kBool, "False", false},
      {Type::kBool, "1", true},
      {Type::kBool, "0\n", false},
      {Type::kNone, "None\n", None{}},
      {Type::kNone, "None", None{}},
      {Type::kNone, "", None{}},
      {Type::kNone, "\n", None{}},
      {Type::kStr, "", Str{}},
      {Type::kStr, "\n", Str{}},
      {Type::kStr, "a b \n\n", Str{"a b \n"}},
      {Type::kStr, "été 日本 🐍\n", Str{"été 日本 🐍"}},
      {Type::kBytes, "\n", Bytes{"\n"}},
      {Type::kBytes, "\xff\0\n"s, Bytes{"\xff\0\n"s}},
  };
  for (const Case& c : cases) {
    const auto value = ParseText(c.type, c.text);
    ASSERT_TRUE(value) << c.text << ": " << value.error().where;
    EXPECT_EQ(*value, c.expected) << c.text;
    if (c.type == Type::kFloat) {
      EXPECT_EQ(std::signbit(std::get<double>(*value)), std::signbit(std::get<double>(c.expected)))
          << c.text;
    }
  }
  for (const std::string_view text : {"nan", "NaN", "-nan", "+NAN"}) {
    const auto value = ParseText(Type::kFloat, text);
    EXPECT_TRUE(value && std::isnan(std::get<double>(*value))) << text;
  }
}

TEST(ParseText, Bad) {
  struct Case {
    Type type;
    int error;
    std::vector<std::string> texts;
  };
  const Case cases[] = {
      {Type::kInt,
       EINVAL,
       {"",
        "\n",
        " ",
        "+",
        "-",
        "--1",
        "+-1",
        "- 1",
        "1.0",
        "1.5",
        "1e3",
        "one",
        "1 2",
        "_1",
        "1_",
        "1__0",
        "0x",
        "0x_",
        "0x__1",
        "0xg",
        "0b2",
        "0o8",
        "0x-1",
        "-+1",
        "1a",
        "a",
        "inf",
        "True",
        "1\0"s,
        "00x1",
        "x1",
        "\xc2\xa0"
        "1",
        "99999999999999999999x",
        "0x1.8"}},
      {Type::kInt,
       ERANGE,
       {"9223372036854775808", "-9223372036854775809", "0x8000000000000000", "-0x8000000000000001",
        "18446744073709551616", "-18446744073709551616", "18446744073709551615",
        "1" + std::string(400, '0')}},
      {Type::kFloat, EINVAL, {"",       "\n",    "+",    ".",       "e5",        ".e5",   "1e",
                              "1e+",    "1.2.3", "--1",  "+-1",     "- 1",       "0x1p3", "0x10",
                              "1_",     "_1",    "1__0", "1_.5",    "1._5",      "1e_5",  "1_e5",
                              "nan(1)", "nanx",  "in",   "infinit", "infinityy", "1f",    "1,5",
                              "1 2",    "1\0"s,  "True", "e",       "E5",        "1e5.5", "1e5e5"}},
      {Type::kFloat,
       ERANGE,
       {"1e309", "-1e309", "1.8e308", "1e99999999999999999999", "1" + std::string(400, '0'),
        "0.1e310", "0.0001e400", "-" + std::string(309, '9')}},
      {Type::kBool,
       EINVAL,
       {"", "TRUE", "yes", "2", "-1", "01", "1.0", "None", "True False", "+1"}},
      {Type::kNone, EINVAL, {"none", "null", "0", "False", "None None"}},
      {Type::kStr, EINVAL, {"\0"s, "a\0b"s, "tail\0"s}},
      {Type::kStr,
       EILSEQ,
       {"\xff", "\x80", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "a\xe6\x97"}},
  };
  for (const Case& c : cases) {
    for (const std::string& text : c.texts) {
      const auto value = ParseText(c.type, text);
      EXPECT_TRUE(!value && value.error().code == c.error)
          << TypeName(c.type) << " '" << text << "' " << (value ? 0 : value.error().code);
    }
  }
}

TEST(ParseDraftText, TakesAStrThatEndsWithinACharacter) {
  for (const std::string text : {"", "a", "a\xe6\x97", "\xe6\x97\xa5\xf0\x9f\x90", "\xc3"}) {
    EXPECT_EQ(ParseDraftText(Type::kStr, text).value(), Value(Str{text}));
    EXPECT_EQ(ParseDraftText(Type::kStr, text + "\n").value(), Value(Str{text}));
  }
  for (const std::string text :
       {"\xff", "\x80", "a\xe6z", "\xe6\n\n", "\xed\xa0", "\xe6\x97\xe6"}) {
    EXPECT_EQ(ParseDraftText(Type::kStr, text).error().code, EILSEQ) << text;
  }
  EXPECT_EQ(ParseDraftText(Type::kStr, "a\0\xe6"s).error().code, EINVAL);
  EXPECT_EQ(ParseDraftText(Type::kInt, "7\n").value(), Value(Int{7}));
}

TEST(ParseText, ReadsBackWhatFormatTextWrites) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200000; ++i) {
    const std::uint64_t bits = random();
    const double real = std::bit_cast<double>(bits);
    const auto integer = ParseText(Type::kInt, FormatText(static_cast<Int>(bits)));
    ASSERT_EQ(integer.value(), Value(static_cast<Int>(bits)));
    if (!std::isnan(real)) {
      const std::string text = FormatText(real);
      ASSERT_EQ(
          std::bit_cast<std::uint64_t>(std::get<double>(ParseText(Type::kFloat, text).value())),
          bits)
          << text;
    }
  }
}

}  // namespace
}  // namespace shmount
