// SPDX-License-Identifier: Apache-2.0
// Sizes, ages, users and names as people read and write them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

namespace shmount {

/// "48", "1.5K", "256M": powers of 1024, three digits or less.
std::string HumanSize(std::uint64_t bytes);

/// "12s", "5m", "3h", "12d".
std::string HumanAge(std::int64_t seconds);

/// Seconds since then; not below 0.
std::int64_t AgeOf(const struct timespec& then);

/// "-rw-r-----".
std::string ModeString(mode_t mode);

/// Names, or numbers where there are none.
std::string UserName(uid_t uid);
std::string GroupName(gid_t gid);

/// Columns lined up below their headings. Numbers stand to the right.
class TextTable {
 public:
  struct Column {
    std::string heading;
    bool right = false;
  };
  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  struct Cell {
    std::string text;
    const char* color = nullptr;  ///< an SGR sequence's numbers, or none
  };
  void Add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  /// The table, each row a line.
  std::string Text(bool headings) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace shmount
