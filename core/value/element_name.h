// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/value/value.h"

namespace shmount {

/// What the name of an element file says: the element's index, and its type if the name has one.
struct ElementName {
  std::uint64_t index = 0;
  std::optional<Type> type;
  bool operator==(const ElementName&) const = default;
};

/// Reads `INDEX.TYPE`, `INDEX` (zero-padded or not) or `-K` (the K-th from the end, K from 1) as an
/// element of a list of `count`. Returns nothing for any other name, or if the index is not below
/// `count`.
std::optional<ElementName> ParseElementName(std::string_view name, std::uint64_t count);

/// The same for a draft, whose length is not known yet: only `INDEX.TYPE`.
std::optional<ElementName> ParseDraftName(std::string_view name);

/// Whether a name is an element's in a list of any length. Such a name cannot be a private file's.
bool IsElementForm(std::string_view name);

/// The number of digits to which every index of a list of `count` is padded.
int IndexWidth(std::uint64_t count);

/// The name under which the element is listed: the index padded to `width`, a dot, the type.
std::string FormatElementName(std::uint64_t index, int width, Type type);

}  // namespace shmount
