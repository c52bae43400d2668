// SPDX-License-Identifier: Apache-2.0
#include "core/proc/mount_table.h"

#include <sys/sysmacros.h>

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace shmount {
namespace {

std::string_view TakeField(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view field = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return field;
}

bool IsOctal(char c) { return c >= '0' && c <= '7'; }

/// Blanks and backslashes in names are written as \ooo.
std::string Unescape(std::string_view field) {
  std::string out;
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (field[i] == '\\' && i + 3 < field.size() &&
        std::ranges::all_of(field.substr(i + 1, 3), IsOctal)) {
      out.push_back(static_cast<char>((field[i + 1] - '0') * 64 + (field[i + 2] - '0') * 8 +
                                      (field[i + 3] - '0')));
      i += 3;
    } else {
      out.push_back(field[i]);
    }
  }
  return out;
}

std::optional<dev_t> ParseDevice(std::string_view field) {
  unsigned major_number = 0;
  unsigned minor_number = 0;
  const char* const begin = field.data();
  const char* const end = begin + field.size();
  const auto first = std::from_chars(begin, end, major_number);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != ':') {
    return std::nullopt;
  }
  const auto second = std::from_chars(first.ptr + 1, end, minor_number);
  if (second.ec != std::errc() || second.ptr != end) {
    return std::nullopt;
  }
  return makedev(major_number, minor_number);
}

std::optional<MountEntry> ParseLine(std::string_view line) {
  MountEntry entry;
  const auto id = TakeField(line);
  std::from_chars(id.data(), id.data() + id.size(), entry.id);
  TakeField(line);  // the parent's ID
  const auto device = ParseDevice(TakeField(line));
  entry.root = Unescape(TakeField(line));
  entry.point = Unescape(TakeField(line));
  const std::size_t dash = line.find(" - ");
  if (!device || dash == std::string_view::npos) {
    return std::nullopt;
  }
  line.remove_prefix(dash + 3);
  entry.device = *device;
  entry.type = Unescape(TakeField(line));
  entry.source = Unescape(TakeField(line));
  entry.super_options = std::string(TakeField(line));
  return entry;
}

/// The part of `path` below `point`: "" or a text that begins with a slash. Returns nothing if
/// `path` is not below `point`.
std::optional<std::string_view> Below(std::string_view path, std::string_view point) {
  if (point == "/") {
    return path == "/" ? "" : path;
  }
  if (!path.starts_with(point)) {
    return std::nullopt;
  }
  path.remove_prefix(point.size());
  return path.empty() || path.front() == '/' ? std::optional(path) : std::nullopt;
}

FsPath PathIn(const MountEntry& entry, std::string_view below) {
  std::string in_fs = entry.root == "/" ? std::string(below) : entry.root + std::string(below);
  return {entry.device, in_fs.empty() ? "/" : std::move(in_fs)};
}

}  // namespace

MountTable MountTable::Parse(std::string_view text) {
  MountTable table;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (auto entry = ParseLine(text.substr(0, end))) {
      table.entries_.push_back(*std::move(entry));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return table;
}

std::optional<FsPath> MountTable::Resolve(std::string_view path) const {
  const MountEntry* found = nullptr;
  std::string_view rest;
  for (const MountEntry& entry : entries_) {
    const auto below = Below(path, entry.point);
    // If two mounts have the same point, the later one covers the earlier one.
    if (below && (found == nullptr || entry.point.size() >= found->point.size())) {
      found = &entry;
      rest = *below;
    }
  }
  return found == nullptr || !path.starts_with('/') ? std::nullopt
                                                    : std::optional(PathIn(*found, rest));
}

std::optional<FsPath> MountTable::Resolve(std::string_view path, std::uint64_t mount) const {
  const auto found = std::ranges::find(entries_, mount, &MountEntry::id);
  const auto below = found == entries_.end() ? std::nullopt : Below(path, found->point);
  return below ? std::optional(PathIn(*found, *below)) : std::nullopt;
}

}  // namespace shmount
