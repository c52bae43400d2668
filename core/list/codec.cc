// SPDX-License-Identifier: Apache-2.0
#include "core/list/codec.h"

#include <array>
#include <bit>
#include <cstring>
#include <string>

namespace shmount {
namespace {

std::string_view StripNuls(std::string_view data) {
  return data.substr(0, data.find_last_not_of('\0') + 1);
}

}  // namespace

Value Decode(const Format& format, std::string_view data) {
  std::uint64_t word = 0;
  switch (format.type) {
    case Type::kStr:
      return Str{std::string(StripNuls(data.substr(0, format.length)))};
    case Type::kBytes:
      return Bytes{std::string(StripNuls(data.substr(0, format.length)))};
    case Type::kBool:
      return data[7] != '\0';
    case Type::kNone:
      return None{};
    case Type::kFloat:
      std::memcpy(&word, data.data(), sizeof(word));
      return std::bit_cast<double>(word);
    default:
      std::memcpy(&word, data.data(), sizeof(word));
      return std::bit_cast<std::int64_t>(word);
  }
}

std::uint64_t EncodeWord(const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    return std::bit_cast<std::uint64_t>(*integer);
  }
  if (const auto* real = std::get_if<double>(&value)) {
    return std::bit_cast<std::uint64_t>(*real);
  }
  if (const auto* truth = std::get_if<bool>(&value)) {
    return std::bit_cast<std::uint64_t>(
        std::array<char, 8>{0, 0, 0, 0, 0, 0, 0, *truth ? '\1' : '\0'});
  }
  return 0;
}

std::optional<std::string_view> TextOf(const Value& value) {
  if (const auto* str = std::get_if<Str>(&value)) {
    return str->utf8;
  }
  if (const auto* bytes = std::get_if<Bytes>(&value)) {
    return bytes->data;
  }
  return std::nullopt;
}

}  // namespace shmount
