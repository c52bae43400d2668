// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "core/value/value.h"

namespace shmount {

/// `{"index": ..., "type": ..., "value": ...}`. Bytes, inf, nan and a str that is not UTF-8 have no
/// JSON: their value is the Python literal.
nlohmann::json ElementJson(std::uint64_t index, const Value& value);

std::string ReprOf(const Value& value);

}  // namespace shmount
