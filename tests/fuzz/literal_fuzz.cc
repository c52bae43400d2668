// SPDX-License-Identifier: Apache-2.0
// Python literals: any text that a user types, and the repr() of any str or bytes.
#include <cstddef>
#include <cstdint>

#include "core/value/literal_parse.h"
#include "core/value/literal_repr.h"
#include "tests/fuzz/fuzz.h"

namespace shmount {
namespace {

void CheckRepr(const Value& value) {
  std::string text;
  AppendRepr(text, value);
  const auto again = ParseLiteral(text);
  Require(again && Same(*again, value), "a repr() is read as the same value");
}

int TestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = TextOfInput(data, size);
  if (const auto value = ParseLiteral(text)) {
    CheckRepr(*value);
  }
  CheckRepr(Str{std::string(text)});
  CheckRepr(Bytes{std::string(text)});
  return 0;
}

}  // namespace
}  // namespace shmount

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return shmount::TestOneInput(data, size);
}
