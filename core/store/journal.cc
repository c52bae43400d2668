// SPDX-License-Identifier: Apache-2.0
#include "core/store/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/backing/block_file.h"
#include "core/backing/block_name.h"
#include "core/backing/classify.h"
#include "core/backing/dir_stream.h"
#include "core/backing/inode.h"
#include "core/list/assign.h"
#include "core/list/layout.h"
#include "core/list/read.h"
#include "core/value/element_name.h"
#include "core/value/text_format.h"
#include "core/value/text_parse.h"

namespace shmount {
namespace {

// An entry is "assign INO INDEX.TYPE\nTEXT" or "remove INO NAME". TEXT and NAME may have any bytes
// and extend to the end of the file.
constexpr std::string_view kAssign = "assign ";
constexpr std::string_view kRemove = "remove ";
constexpr std::string_view kSuffix = ".note";

// The longest entry. Longer files were not written by us, and are not read.
constexpr off_t kLongest = kMaxText + 1024;

Result<std::string> ReadAll(const BlockFile& file) {
  const auto st = TRY(file.Stat());
  // Our own entries are not longer, and have neither a second name nor holes.
  if (st.st_size > kLongest || st.st_nlink > 1) {
    return "";
  }
  if (const auto hole = file.Seek(0, SEEK_HOLE);
      hole && *hole < static_cast<std::uint64_t>(st.st_size)) {
    return "";
  }
  std::string text(static_cast<std::size_t>(st.st_size), '\0');
  const auto n = TRY(file.ReadAt(0, std::as_writable_bytes(std::span(text))));
  text.resize(n);
  return text;
}

// Removes a number, and the character after it, from the front.
std::optional<std::uint64_t> TakeNumber(std::string_view& text) {
  std::uint64_t number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end.ec != std::errc{} || end.ptr == text.data() + text.size()) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(end.ptr - text.data()) + 1);
  return number;
}

std::string_view TakeLine(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

// Finds the block, which may have been renamed, and may be renamed again while names are read.
// Returns nothing if it is gone.
Result<std::optional<Inode>> FindByNumber(const Directory& backing, std::uint64_t ino,
                                          const NameOfInode& name_of) {
  constexpr int kTries = 10;
  constexpr int kSure = 2;
  int absent = 0;
  for (int tries = 0; tries < kTries && absent < kSure; ++tries) {
    const auto name = name_of(ino);
    auto inode = name ? backing.Find(name->c_str()) : std::unexpected(name.error());
    if (inode && inode->stat().st_ino == ino) {
      return std::optional(*std::move(inode));
    }
    if (!inode && inode.error().code != ENOENT) {
      return std::unexpected(inode.error());
    }
    absent += name ? 0 : 1;
  }
  return absent == kSure ? Result<std::optional<Inode>>(std::nullopt)
                         : Fail(EAGAIN, "its name changes, or is mounted over");
}

Status FinishAssignment(const Directory& backing, std::uint64_t ino, std::string_view rest,
                        const NameOfInode& name_of) {
  const auto element = ParseDraftName(TakeLine(rest));
  const auto value = element ? ParseText(*element->type, rest) : Fail(ENOENT, "no element");
  if (!value) {
    return {};  // not an entry of ours
  }
  const auto inode = TRY(FindByNumber(backing, ino, name_of));
  if (!inode || !inode->is_block()) {
    return {};
  }
  auto file = TRY(inode->Open(O_RDWR));
  const auto shape = ShapeOf(file, *inode);
  if (!shape) {
    return shape.error().code == ESTALE ? Status{} : std::unexpected(shape.error());
  }
  if (element->index >= shape->count) {
    return {};
  }
  const auto type = ReadElementType(file, *shape, element->index);
  if (type || type.error().code != EIO) {
    // An element with a valid tag was not begun, is finished, or was assigned by another process
    // since.
    return type ? Status{} : std::unexpected(type.error());
  }
  auto done = AssignElement(file, *shape, element->index, *value);
  return done || done.error().code != EFBIG ? done : Status{};  // another list took its place
}

Status FinishRemoval(const Directory& backing, std::uint64_t ino, std::string_view rest) {
  const std::string name(rest);
  if (!CheckBlockName(name)) {
    return {};  // the entry may be forged: accept only a name in the backing, not a path
  }
  const auto inode = backing.Find(name.c_str());
  if (!inode) {
    const bool gone = inode.error().code == ENOENT && !backing.IsMountPoint(name.c_str());
    return gone ? Status{} : std::unexpected(inode.error());
  }
  if (inode->stat().st_ino != ino) {
    return {};  // the exchange that comes before the removal was not made
  }
  auto done =
      inode->is_directory() ? backing.RemoveDirectory(name.c_str()) : backing.Unlink(name.c_str());
  const int code = done ? 0 : done.error().code;
  return code == ENOENT || code == ENOTEMPTY ? Status{} : done;
}

}  // namespace

Result<JournalEntry> JournalEntry::Write(const StagingArea& area, const std::string& text) {
  auto staging = TRY(area.Open());
  auto file = TRY(staging.directory().CreateUnnamed(0600));
  const auto written = file.Write(0, std::as_bytes(std::span(text)));
  if (!written || *written != text.size()) {
    return written ? Fail(ENOSPC, "journal entry") : std::unexpected(written.error());
  }
  TRY(file.Lock(LOCK_EX | LOCK_NB));
  std::string name = Staging::NovelName().append(kSuffix);
  TRY(staging.directory().Publish(file, name.c_str()));
  return JournalEntry(std::move(staging), std::move(name), std::move(file));
}

Result<JournalEntry> JournalEntry::OfAssignment(const StagingArea& area, std::uint64_t ino,
                                                std::uint64_t index, const Value& value) {
  return Write(area, std::string(kAssign) + std::to_string(ino) + " " +
                         FormatElementName(index, 1, TypeOf(value)) + "\n" + FormatText(value));
}

Result<JournalEntry> JournalEntry::OfRemoval(const StagingArea& area, std::uint64_t ino,
                                             const std::string& name) {
  return Write(area, std::string(kRemove) + std::to_string(ino) + " " + name);
}

JournalEntry::~JournalEntry() {
  if (!name_.empty()) {
    (void)staging_.directory().Unlink(name_.c_str());
  }
}

bool JournalEntry::IsName(std::string_view name) { return name.ends_with(kSuffix); }

std::uint64_t JournalEntry::AssignedInode(const BlockFile& entry) {
  std::array<char, 64> head = {};
  const auto n = entry.ReadAt(0, std::as_writable_bytes(std::span(head)));
  std::string_view text(head.data(), n.value_or(0));
  if (!text.starts_with(kAssign)) {
    return 0;
  }
  text.remove_prefix(kAssign.size());
  return TakeNumber(text).value_or(0);
}

Status JournalEntry::Finish(const Directory& backing, const BlockFile& entry,
                            const NameOfInode& name_of) {
  const auto text = TRY(ReadAll(entry));
  static_assert(kAssign.size() == kRemove.size());
  std::string_view rest = text;
  rest.remove_prefix(std::min(kAssign.size(), rest.size()));
  const auto ino = TakeNumber(rest);
  if (!ino) {
    return {};
  }
  return text.starts_with(kAssign) ? FinishAssignment(backing, *ino, rest, name_of)
                                   : FinishRemoval(backing, *ino, rest);
}

}  // namespace shmount
