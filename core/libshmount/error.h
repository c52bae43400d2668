// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

#include "core/base/result.h"

namespace libshmount::internal {

[[noreturn]] inline void Throw(int code, const std::string& where) {
  throw std::system_error(code, std::generic_category(), where);
}

/// Returns core's result, or throws its Error as the exception that users of the library get, with
/// the name of the block that it concerns.
template <class T>
T Unwrap(shmount::Result<T> result, const std::string& name) {
  if (!result) {
    Throw(result.error().code, name + ": " + result.error().where);
  }
  if constexpr (!std::is_void_v<T>) {
    return *std::move(result);
  }
}

}  // namespace libshmount::internal
