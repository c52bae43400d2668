// SPDX-License-Identifier: Apache-2.0
#include "core/value/element_name.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace shmount {
namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

TEST(ElementName, Parses) {
  struct Case {
    std::string_view name;
    std::uint64_t count;
    ElementName expected;
  };
  const Case cases[] = {
      {"0.str", 1, {0, Type::kStr}},
      {"7.int", 8, {7, Type::kInt}},
      {"07.float", 11, {7, Type::kFloat}},
      {"0007.bytes", 11, {7, Type::kBytes}},
      {"3.none", 5, {3, Type::kNone}},
      {"4.bool", 5, {4, Type::kBool}},
      {"0", 1, {0, {}}},
      {"00", 11, {0, {}}},
      {"10", 11, {10, {}}},
      {"-1", 11, {10, {}}},
      {"-11", 11, {0, {}}},
      {"18446744073709551614", kMax, {kMax - 1, {}}},
      {"-18446744073709551615", kMax, {0, {}}},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(ParseElementName(c.name, c.count), c.expected) << c.name;
  }
}

TEST(ElementName, RefusesWhatIsNone) {
  const std::pair<std::string_view, std::uint64_t> cases[] = {
      {"", 5},
      {".", 5},
      {"..", 5},
      {"5", 5},
      {"5.int", 5},
      {"0", 0},
      {"-0", 5},
      {"-6", 5},
      {"-", 5},
      {"--1", 5},
      {"-1.int", 5},
      {"+1", 5},
      {"+1.int", 5},
      {" 1", 5},
      {"1 ", 5},
      {"1.", 5},
      {".int", 5},
      {"1.Int", 5},
      {"1.int.", 5},
      {"1.int~", 5},
      {"1..int", 5},
      {"1.int.int", 5},
      {"0x1", 5},
      {"1e0", 5},
      {"int", 5},
      {"1_0", 50},
      {"1.tuple", 5},
      {".1.int", 5},
      {"1.int.swp", 5},
      {"-1.", 5},
      {"18446744073709551615", kMax},
      {"18446744073709551616", kMax},
      {"18446744073709551616.int", 5},
      {"-18446744073709551616", kMax},
      {"99999999999999999999999", kMax},
      {std::string_view("1\0", 2), 5},
  };
  for (const auto& [name, count] : cases) {
    EXPECT_EQ(ParseElementName(name, count), std::nullopt) << name;
  }
}

TEST(ElementName, DraftsTakeOnlyIndexAndType) {
  EXPECT_EQ(ParseDraftName("12.str"), (ElementName{12, Type::kStr}));
  EXPECT_EQ(ParseDraftName("012.none"), (ElementName{12, Type::kNone}));
  for (const std::string_view name :
       {"12", "-1", "-1.str", "12.", ".str", "12.str.tmp", ".12.str.x"}) {
    EXPECT_EQ(ParseDraftName(name), std::nullopt) << name;
  }
}

TEST(ElementName, AFormIsWhatSomeListHas) {
  for (const std::string_view name :
       {"0", "012", "-1", "7.int", "07.str", "18446744073709551616.int", "-18446744073709551616",
        "-1.int"}) {
    EXPECT_TRUE(IsElementForm(name)) << name;
  }
  for (const std::string_view name :
       {"", "-", "a", "3.", ".3", "3.txt", "3.int~", ".3.int.swp", "x.int", "--1", "3 ", "3int"}) {
    EXPECT_FALSE(IsElementForm(name)) << name;
  }
}

TEST(ElementName, WidthIsThatOfTheLastIndex) {
  const std::pair<std::uint64_t, int> cases[] = {{0, 1},   {1, 1},   {10, 1},        {11, 2},
                                                 {100, 2}, {101, 3}, {1'000'000, 6}, {kMax, 20}};
  for (const auto& [count, width] : cases) {
    EXPECT_EQ(IndexWidth(count), width) << count;
  }
}

TEST(ElementName, Formats) {
  EXPECT_EQ(FormatElementName(0, 1, Type::kStr), "0.str");
  EXPECT_EQ(FormatElementName(7, 3, Type::kNone), "007.none");
  EXPECT_EQ(FormatElementName(1234, 3, Type::kInt), "1234.int");
  EXPECT_EQ(FormatElementName(kMax, 20, Type::kBool), "18446744073709551615.bool");
  EXPECT_EQ(FormatElementName(5, 0, Type::kFloat), "5.float");
  EXPECT_EQ(FormatElementName(5, 25, Type::kBytes), std::string(24, '0') + "5.bytes");
}

TEST(ElementName, FormattedNamesParseBack) {
  for (std::uint64_t index = 0; index < 1200; ++index) {
    const auto type = static_cast<Type>(index % kTypeNames.size());
    const auto name = FormatElementName(index, IndexWidth(1200), type);
    EXPECT_EQ(ParseElementName(name, 1200), (ElementName{index, type})) << name;
  }
}

}  // namespace
}  // namespace shmount
