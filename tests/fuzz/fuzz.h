// SPDX-License-Identifier: Apache-2.0
// Common parts of the fuzzers. libFuzzer calls LLVMFuzzerTestOneInput with one input after the
// other.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "core/value/value.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace shmount {

/// Ends the fuzzer, which then keeps the input, unless `so`.
inline void Require(bool so, const char* what) {
  if (!so) {
    std::fprintf(stderr, "not so: %s\n", what);
    std::abort();
  }
}

inline std::string_view TextOfInput(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Whether a round trip gave the same value: -0.0 is not 0.0, and all nans are equal.
inline bool Same(const Value& a, const Value& b) {
  const double* x = std::get_if<double>(&a);
  const double* y = std::get_if<double>(&b);
  if (x == nullptr || y == nullptr) {
    return a == b;
  }
  return (*x != *x && *y != *y) ||
         std::bit_cast<std::uint64_t>(*x) == std::bit_cast<std::uint64_t>(*y);
}

}  // namespace shmount
