// SPDX-License-Identifier: Apache-2.0
#include "core/value/text_format.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace shmount {
namespace {

using namespace std::string_literals;
using Int = std::int64_t;
using Float = std::numeric_limits<double>;

constexpr Int kMinInt = std::numeric_limits<Int>::min();
constexpr Int kMaxInt = std::numeric_limits<Int>::max();

TEST(FormatText, IsPythonsRepr) {
  const std::pair<Value, std::string> cases[] = {
      {Int{0}, "0"},
      {kMinInt, "-9223372036854775808"},
      {kMaxInt, "9223372036854775807"},
      {0.0, "0.0"},
      {-0.0, "-0.0"},
      {1.0, "1.0"},
      {-273.154, "-273.154"},
      {0.1, "0.1"},
      {0.1 + 0.2, "0.30000000000000004"},
      {1e15, "1000000000000000.0"},
      {9007199254740993.0, "9007199254740992.0"},
      {9999999999999998.0, "9999999999999998.0"},
      {1e16, "1e+16"},
      {1.5e16, "1.5e+16"},
      {1e22, "1e+22"},
      {1e100, "1e+100"},
      {0.0001, "0.0001"},
      {0.00012, "0.00012"},
      {1e-05, "1e-05"},
      {1.25e-7, "1.25e-07"},
      {123456.789, "123456.789"},
      {Float::max(), "1.7976931348623157e+308"},
      {Float::denorm_min(), "5e-324"},
      {Float::infinity(), "inf"},
      {-Float::infinity(), "-inf"},
      {Float::quiet_NaN(), "nan"},
      {-Float::quiet_NaN(), "nan"},
      {true, "True"},
      {false, "False"},
      {Str{""}, ""},
      {Str{"a\nb\n"}, "a\nb\n"},
      {Str{"\xff"}, "\xff"},
      {None{}, "None"},
  };
  for (const auto& [value, text] : cases) {
    EXPECT_EQ(FormatText(value), text + "\n");
  }
  EXPECT_EQ(FormatText(Bytes{"\x01\0\n"s}), "\x01\0\n"s);
}

TEST(ConvertValue, Good) {
  struct Case {
    Value from;
    Value to;
  };
  const Case cases[] = {
      {Int{7}, 7.0},
      {Int{9007199254740993}, 9007199254740992.0},
      {Int{7}, Str{"7"}},
      {Int{7}, Bytes{"7"}},
      {Int{1}, true},
      {2.5, Str{"2.5"}},
      {1e16, Str{"1e+16"}},
      {true, Int{1}},
      {false, 0.0},
      {true, Str{"True"}},
      {Str{"12"}, Int{12}},
      {Str{" 0x10 "}, Int{16}},
      {Str{"1e3"}, 1000.0},
      {Str{"False"}, false},
      {Str{"None"}, None{}},
      {Str{""}, None{}},
      {Str{"été\n"}, Bytes{"été\n"}},
      {Bytes{"été\n"}, Str{"été\n"}},
      {Bytes{"5"}, Int{5}},
      {None{}, Str{"None"}},
      {Str{"\xff"}, Str{"\xff"}},
      {Str{"\xff"}, Bytes{"\xff"}},
      {Bytes{"a\0"s}, Bytes{"a\0"s}},
  };
  for (const Case& c : cases) {
    const auto value = ConvertValue(c.from, TypeOf(c.to));
    ASSERT_TRUE(value) << FormatText(c.from);
    EXPECT_EQ(*value, c.to) << FormatText(c.from);
  }
}

TEST(ConvertValue, Bad) {
  struct Case {
    Value from;
    Type to;
    int error;
  };
  const Case cases[] = {
      {1.5, Type::kInt, EINVAL},
      {2.0, Type::kInt, EINVAL},
      {1.0, Type::kBool, EINVAL},
      {Int{2}, Type::kBool, EINVAL},
      {Int{0}, Type::kNone, EINVAL},
      {None{}, Type::kInt, EINVAL},
      {Str{"x"}, Type::kFloat, EINVAL},
      {Str{"9223372036854775808"}, Type::kInt, ERANGE},
      {Str{"1e999"}, Type::kFloat, ERANGE},
      {Bytes{"\xff"}, Type::kStr, EILSEQ},
      {Bytes{"a\0b"s}, Type::kStr, EINVAL},
  };
  for (const Case& c : cases) {
    const auto value = ConvertValue(c.from, c.to);
    EXPECT_TRUE(!value && value.error().code == c.error) << FormatText(c.from);
  }
}

TEST(AppendValuesLine, Escapes) {
  std::string out = "before\n";
  AppendValuesLine(out, 0, Int{-5});
  AppendValuesLine(out, 18446744073709551615U, 2.5);
  AppendValuesLine(out, 2, true);
  AppendValuesLine(out, 3, None{});
  AppendValuesLine(out, 4, Str{""});
  AppendValuesLine(out, 5,
                   Str{"a\\b\tc\nd\re\x01\x7f"
                       "é\u0085\u00a0🐍"});
  AppendValuesLine(out, 6, Str{"é\xff"});
  AppendValuesLine(out, 7, Bytes{"a\0\xc3\xa9~\x7f\\\x1b"s});
  EXPECT_EQ(out,
            "before\n"
            "0\tint\t-5\n"
            "18446744073709551615\tfloat\t2.5\n"
            "2\tbool\tTrue\n"
            "3\tnone\tNone\n"
            "4\tstr\t\n"
            "5\tstr\ta\\\\b\\tc\\nd\\re\\x01\\x7fé\\xc2\\x85\u00a0🐍\n"
            "6\tstr\t\\xc3\\xa9\\xff\n"
            "7\tbytes\ta\\x00\\xc3\\xa9~\\x7f\\\\\\x1b\n");
}

}  // namespace
}  // namespace shmount
