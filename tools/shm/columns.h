// SPDX-License-Identifier: Apache-2.0
// The columns of `shm ls`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "core/lifetime/holders.h"
#include "core/lifetime/inventory.h"
#include "tools/shm/table.h"

namespace shmount {

/// One line of the table: an item and what the columns need of it.
struct Row {
  Item item;
  std::size_t holders = 0;
  Use use = Use::kUnknown;
  TypeCounts types = {};
};

/// Information that a column needs in addition to the item itself.
enum class Need : std::uint8_t { kNothing, kHolders, kTypes };

/// A column: its name, how to show and sort it, and what it needs.
struct Column {
  std::string_view name;
  bool by_default = true;
  bool right = false;
  Cut cut = Cut::kNever;
  bool large_first = false;  ///< when sorting by it
  bool size = false;         ///< in bytes, or shorter for people
  Need need = Need::kNothing;
  nlohmann::json (*json)(const Row& row);
  std::string (*text)(const Row& row) = nullptr;  ///< without it, the text is that of `json`
};

/// In the order of the table.
std::span<const Column> AllColumns();

std::string TextOf(const Column& column, const Row& row, bool bytes);

/// The color of a row's name, as an escape sequence, or null.
const char* ColorOf(const Row& row);

}  // namespace shmount
