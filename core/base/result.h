// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <expected>
#include <string>
#include <utility>

namespace shmount {

/// Why a call failed: a positive errno value, and the name of the system call or file concerned.
struct Error {
  int code = 0;
  std::string where;
};

/// A value, or the Error that prevented it. Core does not report errors by exceptions.
template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

/// The Error to return from a function; `code` is a positive errno value.
inline std::unexpected<Error> Fail(int code, std::string where) {
  return std::unexpected(Error{code, std::move(where)});
}

/// Fails with the errno that the last system call left.
inline std::unexpected<Error> FailErrno(const char* where) {
  const int code = errno;  // read first: making the string may change it
  return Fail(code, where);
}

}  // namespace shmount

/// Gives the value of a Result, or returns its error from the calling function. No other macro may
/// hide control flow. It uses a statement expression, which GCC and clang both have.
#define TRY(...)                                             \
  __extension__({                                            \
    auto&& try_result = (__VA_ARGS__);                       \
    if (!try_result) {                                       \
      return std::unexpected(std::move(try_result).error()); \
    }                                                        \
    *std::move(try_result);                                  \
  })
