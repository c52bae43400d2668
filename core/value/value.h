// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace shmount {

/// The types a ShareableList element can have, in the order of Value's alternatives.
enum class Type : std::uint8_t { kInt, kFloat, kBool, kStr, kBytes, kNone };

inline constexpr std::array<std::string_view, 6> kTypeNames = {"int", "float", "bool",
                                                               "str", "bytes", "none"};

constexpr std::string_view TypeName(Type type) { return kTypeNames[static_cast<int>(type)]; }

constexpr std::optional<Type> TypeFromName(std::string_view name) {
  for (std::size_t i = 0; i < kTypeNames.size(); ++i) {
    if (kTypeNames[i] == name) {
      return static_cast<Type>(i);
    }
  }
  return std::nullopt;
}

/// A str as stored in its slot. It should be UTF-8, but a program may have written other bytes.
struct Str {
  std::string utf8;
  bool operator==(const Str&) const = default;
};

struct Bytes {
  std::string data;
  bool operator==(const Bytes&) const = default;
};

struct None {
  bool operator==(const None&) const = default;
};

using Value = std::variant<std::int64_t, double, bool, Str, Bytes, None>;

inline Type TypeOf(const Value& value) { return static_cast<Type>(value.index()); }

}  // namespace shmount
