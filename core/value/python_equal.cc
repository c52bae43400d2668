// SPDX-License-Identifier: Apache-2.0
#include "core/value/python_equal.h"

#include <cstdint>

namespace shmount {
namespace {

/// A bool is an int.
std::optional<std::int64_t> IntOf(const Value& value) {
  if (const auto* truth = std::get_if<bool>(&value)) {
    return *truth ? 1 : 0;
  }
  const auto* number = std::get_if<std::int64_t>(&value);
  return number != nullptr ? std::optional(*number) : std::nullopt;
}

/// Converting the int to double would round it.
bool EqualExactly(double a, std::int64_t b) {
  constexpr double kLimit = 9223372036854775808.0;  // 2 to the 63
  // The cast truncates: equal there but not here is a fraction.
  return a >= -kLimit && a < kLimit && static_cast<std::int64_t>(a) == b &&
         static_cast<double>(static_cast<std::int64_t>(a)) == a;
}

}  // namespace

bool PythonEqual(const Value& a, const Value& b) {
  const auto a_int = IntOf(a);
  const auto b_int = IntOf(b);
  if (a_int && b_int) {
    return *a_int == *b_int;
  }
  if (const auto* real = std::get_if<double>(&a); real != nullptr && b_int) {
    return EqualExactly(*real, *b_int);
  }
  if (const auto* real = std::get_if<double>(&b); real != nullptr && a_int) {
    return EqualExactly(*real, *a_int);
  }
  return a == b;
}

}  // namespace shmount
