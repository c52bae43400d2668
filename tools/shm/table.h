// SPDX-License-Identifier: Apache-2.0
// Tables, and the options that they have in common with those of lsblk(8) and lsipc(1).
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace shmount {

/// Whether a column is cut where the table is wider than the terminal, and when: first at the end,
/// down to the width of its heading; last in the middle, where names differ least.
enum class Cut : std::uint8_t { kNever, kFirst, kLast };

/// The options that all tables have.
struct TableOptions {
  std::vector<std::string> columns;  ///< as after -o: a + before a name adds to the default ones
  bool all = false;
  bool raw = false;
  bool noheadings = false;
};

/// Adds --output, --raw and --noheadings. Returns the first of them.
CLI::Option* AddTableOptions(CLI::App& command, TableOptions& options,
                             const std::vector<std::string>& columns);

/// Rows below headings. On a terminal, columns that may be cut are cut until the rows fit. Texts
/// may have any bytes: control characters are escaped.
class Table {
 public:
  explicit Table(const TableOptions& options);

  void AddColumn(std::string_view name, bool right, Cut cut);
  void AddRow();
  /// `color` is an escape sequence, or null.
  void AddCell(const std::string& text, const char* color);
  void Print();

 private:
  struct Column {
    std::string heading;
    bool right;
    Cut cut;
    std::size_t width;  ///< of the widest text, in columns of a terminal
  };
  struct Cell {
    std::string text;
    const char* color;
  };

  /// Makes columns narrower until they fit on the terminal, or cannot be narrower.
  void Fit();

  TableOptions options_;
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

/// The names of `columns`, whose elements have a `name`.
template <class Columns>
std::vector<std::string> NamesOf(const Columns& columns) {
  std::vector<std::string> names;
  names.reserve(columns.size());
  for (const auto& column : columns) {
    names.emplace_back(column.name);
  }
  return names;
}

/// The columns that the options choose, each once; without a choice, those `by_default`.
template <class Columns>
auto ChooseColumns(const Columns& columns, const TableOptions& options) {
  std::vector<const typename Columns::value_type*> chosen;
  const bool add = options.columns.empty() ||
                   std::ranges::any_of(options.columns, [](auto& name) { return name[0] == '+'; });
  for (const auto& column : columns) {
    if (options.all || (add && column.by_default)) {
      chosen.push_back(&column);
    }
  }
  for (std::string_view name : options.columns) {
    name.remove_prefix(name.starts_with('+') ? 1 : 0);
    const auto* column = &*std::ranges::find(columns, name, [](auto& each) { return each.name; });
    if (std::ranges::find(chosen, column) == chosen.end()) {
      chosen.push_back(column);
    }
  }
  return chosen;
}

}  // namespace shmount
