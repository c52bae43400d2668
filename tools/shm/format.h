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

/// Formats as "48B", "1.5K", "256M": powers of 1024, at most three digits.
std::string HumanSize(std::uint64_t bytes);

/// Formats as "12s", "5m", "3h", "12d".
std::string HumanAge(std::int64_t seconds);

/// Returns the seconds since then, or 0 for a time in the future.
std::int64_t AgeOf(const struct timespec& then);

/// Formats as "-rw-r-----".
std::string ModeString(mode_t mode);

/// Return the name, or the number if it has none.
std::string UserName(uid_t uid);
std::string GroupName(gid_t gid);

/// Lines up columns below their headings.
class TextTable {
 public:
  struct Column {
    std::string heading;
    bool right = false;  ///< aligned to the right
  };
  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  struct Cell {
    std::string text;
    const char* color = nullptr;  ///< the numbers of an SGR escape, or null
  };
  void Add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  /// Returns the table, one line for each row.
  std::string Text(bool headings) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace shmount
