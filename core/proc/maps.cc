// SPDX-License-Identifier: Apache-2.0
#include "core/proc/maps.h"

#include <sys/sysmacros.h>

#include <cstdint>

namespace shmount {
namespace {

bool TakeChar(std::string_view& text, char c) {
  const bool there = text.starts_with(c);
  text.remove_prefix(there ? 1 : 0);
  return there;
}

}  // namespace

// BEGIN-END PERMS OFFSET MAJOR:MINOR INODE [PATH]
std::optional<Mapping> ParseMapping(std::string_view line) {
  std::uint64_t number = 0;
  unsigned major_number = 0;
  unsigned minor_number = 0;
  Mapping mapping;
  if (!TakeNumber(line, 16, number) || !TakeChar(line, '-') || !TakeNumber(line, 16, number) ||
      !TakeChar(line, ' ') || line.size() < 5) {
    return std::nullopt;
  }
  mapping.writable = line[1] == 'w' && line[3] == 's';
  line.remove_prefix(4);
  if (!TakeChar(line, ' ') || !TakeNumber(line, 16, number) || !TakeChar(line, ' ') ||
      !TakeNumber(line, 16, major_number) || !TakeChar(line, ':') ||
      !TakeNumber(line, 16, minor_number) || !TakeChar(line, ' ') ||
      !TakeNumber(line, 10, mapping.inode)) {
    return std::nullopt;
  }
  mapping.device = makedev(major_number, minor_number);
  return mapping;
}

}  // namespace shmount
