// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/list/tag.h"
#include "core/value/value.h"

namespace shmount {

/// The value in `data`, which must have at least format.length bytes.
Value Decode(const Format& format, std::string_view data);

/// The 8 bytes of a number, a bool or None; 0 for str and bytes.
std::uint64_t EncodeWord(const Value& value);

/// The bytes of a str or bytes; nothing for other types.
std::optional<std::string_view> TextOf(const Value& value);

}  // namespace shmount
