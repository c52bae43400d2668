// SPDX-License-Identifier: Apache-2.0
#include "tools/shm/table.h"

#include <libsmartcols/libsmartcols.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <clocale>
#include <cwchar>
#include <memory>
#include <new>
#include <ranges>

#include "core/value/utf8.h"
#include "tools/cli/command_line.h"

namespace shmount {
namespace {

void Check(int result) {
  if (result != 0) {
    throw std::bad_alloc();  // libsmartcols can fail only for lack of memory here
  }
}

template <class Object>
Object* Check(Object* object) {
  Check(object == nullptr ? -1 : 0);
  return object;
}

struct Unref {
  void operator()(libscols_table* table) const { scols_unref_table(table); }
};

/// How many columns of a terminal a text takes.
std::size_t WidthOf(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const auto character = TakeCharacter(text);
    width += static_cast<std::size_t>(
        std::max(character ? wcwidth(static_cast<wchar_t>(*character)) : 1, 0));
  }
  return width;
}

/// As much of the start of `text` as `width` columns hold.
std::string_view StartOf(std::string_view text, std::size_t width) {
  std::string_view rest = text;
  std::string_view start;
  while (!rest.empty()) {
    TakeCharacter(rest);
    const auto longer = text.substr(0, text.size() - rest.size());
    if (WidthOf(longer) > width) {
      break;
    }
    start = longer;
  }
  return start;
}

/// The longest end of `text` that is no wider than `width`.
std::string_view EndOf(std::string_view text, std::size_t width) {
  while (WidthOf(text) > width) {
    TakeCharacter(text);
  }
  return text;
}

std::string Shortened(const std::string& text, std::size_t width, Cut cut) {
  if (cut == Cut::kNever || WidthOf(text) <= width) {
    return text;
  }
  if (cut == Cut::kFirst || width < 3) {
    return std::string(StartOf(text, width));
  }
  const std::size_t end = (width - 1) / 2;
  return std::string(StartOf(text, width - 1 - end)) + "…" + std::string(EndOf(text, end));
}

// As OneOf(), but allows a + before the name.
CLI::Validator ColumnName(const std::vector<std::string>& names) {
  const CLI::Validator member = OneOf(names);
  return {[member](std::string& word) {
            const std::string plus = word.starts_with('+') ? "+" : "";
            word.erase(0, plus.size());
            const std::string error = member(word);
            word.insert(0, plus);
            return error;
          },
          ""};
}

}  // namespace

CLI::Option* AddTableOptions(CLI::App& command, TableOptions& options,
                             const std::vector<std::string>& columns) {
  const std::string names = CLI::detail::join(columns, ", ");
  CLI::Option* output =
      command
          .add_option("-o,--output", options.columns,
                      "Columns to print; a + before one adds them to the default ones: " + names)
          ->delimiter(',')
          ->transform(ColumnName(columns))
          ->allow_extra_args(false)
          ->type_name("COLUMN,...");
  command.add_flag("-r,--raw", options.raw,
                   "Print one space between columns; blanks and all but printable ASCII are \\xHH");
  command.add_flag("-n,--noheadings", options.noheadings, "Print no headings");
  return output;
}

Table::Table(const TableOptions& options) : options_(options) {
  // Printable() leaves UTF-8 only, whatever the locale.
  std::setlocale(LC_CTYPE, "C.UTF-8");
}

void Table::AddColumn(std::string_view name, bool right, Cut cut) {
  std::string heading(name);
  std::ranges::transform(heading, heading.begin(), [](unsigned char c) { return toupper(c); });
  const std::size_t width = heading.size();
  columns_.push_back({std::move(heading), right, cut, width});
}

void Table::AddRow() { rows_.emplace_back(); }

void Table::AddCell(const std::string& text, const char* color) {
  auto& row = rows_.back();
  std::string shown = options_.raw ? text : Printable(text);
  Column& column = columns_[row.size()];
  column.width = std::max(column.width, WidthOf(shown));
  row.push_back({std::move(shown), options_.raw ? nullptr : color});
}

void Table::Fit() {
  struct winsize terminal = {};
  if (options_.raw || ioctl(STDOUT_FILENO, TIOCGWINSZ, &terminal) != 0 || terminal.ws_col == 0) {
    return;
  }
  std::size_t sum = columns_.size() - 1;  // the blanks between them
  for (const Column& column : columns_) {
    sum += column.width;
  }
  std::size_t excess = sum - std::min<std::size_t>(sum, terminal.ws_col);
  for (const Cut turn : {Cut::kFirst, Cut::kLast}) {
    for (Column& column : columns_ | std::views::reverse) {
      if (column.cut == turn) {
        const std::size_t spared = std::min(excess, column.width - column.heading.size());
        column.width -= spared;
        excess -= spared;
      }
    }
  }
}

void Table::Print() {
  Fit();
  const std::unique_ptr<libscols_table, Unref> table(Check(scols_new_table()));
  Check(scols_table_enable_raw(table.get(), options_.raw ? 1 : 0));
  Check(scols_table_enable_noheadings(table.get(), options_.noheadings ? 1 : 0));
  Check(scols_table_enable_colors(table.get(), 1));
  // Fit() has done that, in the same way with every version of the library.
  Check(scols_table_set_termforce(table.get(), SCOLS_TERMFORCE_NEVER));
  // Outside of raw tables it would escape the backslashes of Printable().
  Check(scols_table_enable_noencoding(table.get(), 1));
  for (const Column& column : columns_) {
    Check(scols_table_new_column(table.get(), column.heading.c_str(), 0,
                                 column.right ? SCOLS_FL_RIGHT : 0));
  }
  for (const auto& row : rows_) {
    libscols_line* line = Check(scols_table_new_line(table.get(), nullptr));
    for (std::size_t i = 0; i < row.size(); ++i) {
      libscols_cell* cell = Check(scols_line_get_cell(line, i));
      Check(scols_cell_set_data(
          cell, Shortened(row[i].text, columns_[i].width, columns_[i].cut).c_str()));
      if (row[i].color != nullptr) {
        Check(scols_cell_set_color(cell, row[i].color));
      }
    }
  }
  Check(scols_print_table(table.get()));
}

}  // namespace shmount
