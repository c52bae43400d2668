// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "core/value/value.h"

namespace shmount {

/// Returns `{"index": ..., "type": ..., "value": ...}`. JSON cannot express bytes, inf, nan or a
/// str that is not UTF-8: their value is the Python literal as a string.
nlohmann::json ElementJson(std::uint64_t index, const Value& value);

std::string ReprOf(const Value& value);

}  // namespace shmount
