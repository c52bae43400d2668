// SPDX-License-Identifier: Apache-2.0
#include "tools/shm/value.h"

#include <cmath>
#include <cstdint>

#include "core/value/literal_repr.h"
#include "core/value/utf8.h"

namespace shmount {
namespace {

nlohmann::json ValueJson(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return *number;
  }
  if (const auto* truth = std::get_if<bool>(&value)) {
    return *truth;
  }
  if (const auto* real = std::get_if<double>(&value); real != nullptr && std::isfinite(*real)) {
    return *real;
  }
  if (const auto* str = std::get_if<Str>(&value); str != nullptr && IsUtf8(str->utf8)) {
    return str->utf8;
  }
  if (std::holds_alternative<None>(value)) {
    return nullptr;
  }
  return ReprOf(value);
}

}  // namespace

nlohmann::json ElementJson(std::uint64_t index, const Value& value) {
  return {{"index", index}, {"type", TypeName(TypeOf(value))}, {"value", ValueJson(value)}};
}

std::string ReprOf(const Value& value) {
  std::string text;
  AppendRepr(text, value);
  return text;
}

}  // namespace shmount
