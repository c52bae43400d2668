// SPDX-License-Identifier: Apache-2.0
#include "tools/shm/format.h"

#include <fmt/core.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace shmount {
namespace {

template <class Entry, class Id>
std::string NameOf(Entry* (*find)(Id), char* Entry::* name, Id id) {
  const Entry* entry = find(id);
  return entry != nullptr ? entry->*name : std::to_string(id);
}

}  // namespace

std::string HumanSize(std::uint64_t bytes) {
  constexpr std::string_view kUnits = "BKMGTPE";
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (size >= 999.5 && unit + 1 < kUnits.size()) {
    size /= 1024;
    ++unit;
  }
  if (unit == 0) {
    return fmt::format("{}B", bytes);
  }
  const bool whole = size >= 9.95 || size == static_cast<double>(static_cast<int>(size));
  return whole ? fmt::format("{:.0f}{}", size, kUnits[unit])
               : fmt::format("{:.1f}{}", size, kUnits[unit]);
}

std::string Counted(std::uint64_t count, const char* one, const char* more) {
  return fmt::format("{} {}", count, count == 1 ? one : more);
}

std::string HumanAge(std::int64_t seconds) {
  constexpr std::array<std::pair<std::int64_t, char>, 3> kUnits = {
      std::pair{86400, 'd'}, std::pair{3600, 'h'}, std::pair{60, 'm'}};
  for (const auto& [length, letter] : kUnits) {
    if (seconds >= length) {
      return fmt::format("{}{}", seconds / length, letter);
    }
  }
  return fmt::format("{}s", seconds);
}

std::int64_t AgeOf(const struct timespec& then) {
  return std::max<std::int64_t>(0, time(nullptr) - then.tv_sec);
}

std::string ModeString(mode_t mode) {
  std::string text = S_ISDIR(mode) ? "d" : "-";
  constexpr std::string_view kLetters = "rwxrwxrwx";
  for (std::size_t i = 0; i < kLetters.size(); ++i) {
    text += (mode & (0400U >> i)) != 0 ? kLetters[i] : '-';
  }
  const auto special = [&](mode_t bit, std::size_t at, char letter) {
    if ((mode & bit) != 0) {
      text[at] = text[at] == 'x' ? letter : static_cast<char>(letter & ~0x20);
    }
  };
  special(S_ISUID, 3, 's');
  special(S_ISGID, 6, 's');
  special(S_ISVTX, 9, 't');
  return text;
}

std::string UserName(uid_t uid) { return NameOf(getpwuid, &passwd::pw_name, uid); }
std::string GroupName(gid_t gid) { return NameOf(getgrgid, &group::gr_name, gid); }

}  // namespace shmount
