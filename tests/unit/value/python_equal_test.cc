// SPDX-License-Identifier: Apache-2.0
#include "core/value/python_equal.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

namespace shmount {
namespace {

using Int = std::int64_t;

TEST(PythonEqual, IsPythons) {
  const struct {
    Value a;
    Value b;
    bool equal;
  } cases[] = {
      {Int{1}, Int{1}, true},
      {Int{1}, true, true},
      {Int{0}, false, true},
      {Int{2}, true, false},
      {1.0, true, true},
      {1.0, Int{1}, true},
      {1.5, Int{1}, false},
      {-0.5, Int{0}, false},
      {-0.0, 0.0, true},
      {-0.0, Int{0}, true},
      {-0.0, false, true},
      {NAN, NAN, false},
      {NAN, Int{0}, false},
      {INFINITY, INT64_MAX, false},
      {-INFINITY, INT64_MIN, false},
      {9007199254740992.0, Int{9007199254740993}, false},
      {9007199254740992.0, Int{9007199254740992}, true},
      {9223372036854775808.0, INT64_MAX, false},
      {-9223372036854775808.0, INT64_MIN, true},
      {Str{"a"}, Bytes{"a"}, false},
      {Str{"a"}, Str{"a"}, true},
      {Bytes{""}, Bytes{""}, true},
      {Str{"1"}, Int{1}, false},
      {None{}, None{}, true},
      {None{}, Int{0}, false},
      {None{}, false, false},
  };
  for (const auto& [a, b, equal] : cases) {
    EXPECT_EQ(PythonEqual(a, b), equal) << a.index() << " " << b.index();
    EXPECT_EQ(PythonEqual(b, a), equal) << b.index() << " " << a.index();
  }
}

}  // namespace
}  // namespace shmount
