// SPDX-License-Identifier: Apache-2.0
// The first byte chooses a type, and the rest is written to an element file of that type.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/value/text_format.h"
#include "core/value/text_parse.h"
#include "core/value/utf8.h"
#include "tests/fuzz/fuzz.h"

namespace shmount {
namespace {

void CheckValue(const Value& value) {
  const auto again = ParseText(TypeOf(value), FormatText(value));
  Require(again && Same(*again, value), "a value that was read reads the same from its text");
  std::string line;
  AppendValuesLine(line, 1, value);
  Require(std::ranges::count(line, '\t') == 2, "a line of .values has three fields");
  Require(line.find('\n') == line.size() - 1, "a line of .values is one line");
  for (std::size_t i = 0; i < kTypeNames.size(); ++i) {
    const auto type = static_cast<Type>(i);
    const auto converted = ConvertValue(value, type);
    Require(!converted || TypeOf(*converted) == type, "a conversion gives the type asked for");
    Require(type != TypeOf(value) || (converted && Same(*converted, value)),
            "a conversion to its own type leaves a value as it is");
  }
}

int TestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const auto type = static_cast<Type>(data[0] % kTypeNames.size());
  const std::string_view text = TextOfInput(data + 1, size - 1);
  const auto value = ParseText(type, text);
  if (value) {
    Require(TypeOf(*value) == type, "a text gives the type asked for");
    CheckValue(*value);
  }
  Require(type != Type::kBytes || (value && FormatText(*value) == text), "bytes are exact");
  Require(Utf8Incomplete(text) <= std::min<std::size_t>(3, text.size()), "no character is longer");
  Require(!IsUtf8(text) || Utf8Incomplete(text) == 0, "what is UTF-8 is complete");
  return 0;
}

}  // namespace
}  // namespace shmount

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return shmount::TestOneInput(data, size);
}
