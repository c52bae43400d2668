// SPDX-License-Identifier: Apache-2.0
#include "core/value/element_name.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>

namespace shmount {
namespace {

/// All of `digits` as a number; leading zeros are allowed, signs are not.
std::optional<std::uint64_t> ParseIndex(std::string_view digits) {
  std::uint64_t index = 0;
  const char* begin = digits.data();
  const char* end = begin + digits.size();
  const auto [stop, error] = std::from_chars(begin, end, index);
  if (error != std::errc() || stop != end) {
    return std::nullopt;
  }
  return index;
}

}  // namespace

std::optional<ElementName> ParseDraftName(std::string_view name) {
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos) {
    return std::nullopt;
  }
  const auto index = ParseIndex(name.substr(0, dot));
  const auto type = TypeFromName(name.substr(dot + 1));
  if (!index || !type) {
    return std::nullopt;
  }
  return ElementName{*index, type};
}

std::optional<ElementName> ParseElementName(std::string_view name, std::uint64_t count) {
  if (name.starts_with('-')) {
    const auto from_end = ParseIndex(name.substr(1));
    if (!from_end || *from_end == 0 || *from_end > count) {
      return std::nullopt;
    }
    return ElementName{count - *from_end, std::nullopt};
  }
  auto element = ParseDraftName(name);
  if (!element) {
    if (const auto index = ParseIndex(name)) {
      element = ElementName{*index, std::nullopt};
    }
  }
  return element && element->index < count ? element : std::nullopt;
}

bool IsElementForm(std::string_view name) {
  name.remove_prefix(name.starts_with('-') ? 1 : 0);
  const std::size_t digits = std::min(name.find_first_not_of("0123456789"), name.size());
  name.remove_prefix(digits);
  return digits > 0 && (name.empty() || (name.front() == '.' && TypeFromName(name.substr(1))));
}

int IndexWidth(std::uint64_t count) {
  int width = 1;
  for (std::uint64_t last = count > 0 ? count - 1 : 0; last >= 10; last /= 10) {
    ++width;
  }
  return width;
}

std::string FormatElementName(std::uint64_t index, int width, Type type) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), index).ptr;
  const std::string_view number(digits.data(), end);
  const auto wanted = static_cast<std::size_t>(std::max(width, 1));
  std::string name(wanted - std::min(wanted, number.size()), '0');
  name.append(number).append(1, '.').append(TypeName(type));
  return name;
}

}  // namespace shmount
