// SPDX-License-Identifier: Apache-2.0
#include "core/value/literal_repr.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>

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
