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

/// What a column needs besides the item itself.
enum class Need : std::uint8_t { kNothing, kHolders, kTypes };

struct Column {
  using Key = std::variant<std::int64_t, std::string>;

  std::string_view name;
  bool right = false;
  bool by_default = false;
  Need need = Need::kNothing;
  std::string (*text)(const Row& row, bool bytes);
  nlohmann::json (*json)(const Row& row);
  Key (*key)(const Row& row);  ///< to sort by; large numbers come first
};

/// Null if there is no such column.
const Column* FindColumn(std::string_view name);
std::vector<const Column*> AllColumns();
std::vector<const Column*> DefaultColumns();

/// The color of a row's name, as the number of an SGR escape, or null.
const char* ColorOf(const Row& row);

}  // namespace shmount
