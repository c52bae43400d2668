// SPDX-License-Identifier: Apache-2.0
#include "tools/shm/table.h"

#include <clocale>
#include <new>

#include "core/value/utf8.h"

namespace shmount {
namespace {

void Check(int result) {
  if (result != 0) {
    throw std::bad_alloc();  // libsmartcols fails of nothing else here
  }
}

template <class Object>
Object* Check(Object* object) {
  Check(object == nullptr ? -1 : 0);
  return object;
}

// As CLI::IsMember, but for a + before the name.
CLI::Validator ColumnName(const std::vector<std::string>& names) {
  const CLI::Validator member = CLI::IsMember(names, CLI::ignore_case);
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
                      "Columns to print, or with a + to print besides the default ones: " + names)
          ->delimiter(',')
          ->transform(ColumnName(columns))
          ->allow_extra_args(false)
          ->type_name("COLUMN,...");
  command.add_flag("-r,--raw", options.raw,
                   "Print no padding; blanks and what is no printable ASCII are \\xHH");
  command.add_flag("-n,--noheadings", options.noheadings, "Print no headings");
  return output;
}

Table::Table(const TableOptions& options) : table_(Check(scols_new_table())) {
  // Printable() leaves UTF-8 only, whatever the locale.
  std::setlocale(LC_CTYPE, "C.UTF-8");
  Check(scols_table_enable_raw(table_.get(), options.raw ? 1 : 0));
  Check(scols_table_enable_noheadings(table_.get(), options.noheadings ? 1 : 0));
  Check(scols_table_enable_colors(table_.get(), 1));
  // Outside of raw tables it would escape the backslashes of Printable().
  Check(scols_table_enable_noencoding(table_.get(), 1));
}

void Table::AddColumn(std::string_view name, bool right, Cut cut) {
  std::string heading(name);
  std::ranges::transform(heading, heading.begin(), [](unsigned char c) { return toupper(c); });
  // Columns with a share of the terminal are reduced to it before others are cut. Too small a share
  // stands for the width of the heading.
  const double share = cut == Cut::kFirst ? 0.01 : 0;
  const int flags = (right ? SCOLS_FL_RIGHT : 0) | (cut != Cut::kNever ? SCOLS_FL_TRUNC : 0);
  Check(scols_table_new_column(table_.get(), heading.c_str(), share, flags));
}

void Table::AddRow() {
  row_ = Check(scols_table_new_line(table_.get(), nullptr));
  cells_ = 0;
}

void Table::AddCell(const std::string& text, const char* color) {
  libscols_cell* cell = Check(scols_line_get_cell(row_, cells_++));
  const bool raw = scols_table_is_raw(table_.get()) != 0;
  Check(scols_cell_set_data(cell, (raw ? text : Printable(text)).c_str()));
  if (color != nullptr && !raw) {
    Check(scols_cell_set_color(cell, color));
  }
}

void Table::Print() { Check(scols_print_table(table_.get())); }

}  // namespace shmount
