// SPDX-License-Identifier: Apache-2.0
#include "core/libshmount/value.h"

#include <cstdint>

#include "core/libshmount/error.h"
#include "core/value/utf8.h"

namespace libshmount::internal {
namespace {

struct Outward {
  shmount::Value operator()(None) const { return shmount::None{}; }
  shmount::Value operator()(bool value) const { return value; }
  shmount::Value operator()(std::int64_t value) const { return value; }
  shmount::Value operator()(double value) const { return value; }
  shmount::Value operator()(const std::string& value) const {
    if (!shmount::IsUtf8(value)) {
      Throw(EILSEQ, "a str that is not UTF-8");
    }
    return shmount::Str{value};
  }
  shmount::Value operator()(const Bytes& value) const { return shmount::Bytes{value.data}; }
};

struct Inward {
  Value operator()(shmount::None) const { return None{}; }
  Value operator()(bool value) const { return value; }
  Value operator()(std::int64_t value) const { return value; }
  Value operator()(double value) const { return value; }
  Value operator()(shmount::Str&& value) const { return std::move(value.utf8); }
  Value operator()(shmount::Bytes&& value) const { return Bytes{std::move(value.data)}; }
};

}  // namespace

shmount::Value ToCore(const Value& value) { return std::visit(Outward{}, value); }

Value FromCore(shmount::Value value) { return std::visit(Inward{}, std::move(value)); }

}  // namespace libshmount::internal
