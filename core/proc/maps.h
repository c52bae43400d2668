// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <charconv>
#include <cstddef>
#include <optional>
#include <string_view>

namespace shmount {

/// A mapping of a file.
struct Mapping {
  dev_t device = 0;
  ino_t inode = 0;
  bool writable = false;  ///< and shared; writes to a private mapping go to a copy
};

/// Reads a line of /proc/PID/maps (proc_pid_maps(5)). Returns nothing if the line is malformed.
std::optional<Mapping> ParseMapping(std::string_view line);

/// Removes the digits at the front of `text` and reads them as a number. Returns false if there are
/// none or if the number is out of range.
template <class T>
bool TakeNumber(std::string_view& text, int base, T& number) {
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number, base);
  text.remove_prefix(static_cast<std::size_t>(end.ptr - text.data()));
  return end.ec == std::errc();
}

}  // namespace shmount
