// SPDX-License-Identifier: Apache-2.0
// The columns of `shm ls`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/lifetime/holders.h"
#include "core/lifetime/inventory.h"

namespace shmount {

struct Row {
  Item item;
  std::size_t holders = 0;
  Use use = Use::kUnknown;
  TypeCounts types = {};
};

/// What has to be looked up for a column beyond the item itself.
enum class Need : std::uint8_t { kNothing, kHolders, kTypes };

struct Column {
  using Key = std::variant<std::int64_t, std::string>;

  std::string_view name;
  bool right = false;
  bool by_default = false;
  Need need = Need::kNothing;
  std::string (*text)(const Row& row, bool bytes);
  nlohmann::json (*json)(const Row& row);
  Key (*key)(const Row& row);  ///< to sort by; what is large comes first
};

/// Null where there is no such column.
const Column* FindColumn(std::string_view name);
std::vector<const Column*> AllColumns();
std::vector<const Column*> DefaultColumns();

/// The SGR color of a row's name, or null.
const char* ColorOf(const Row& row);

}  // namespace shmount
