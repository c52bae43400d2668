// SPDX-License-Identifier: Apache-2.0
#include "core/list/patch.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>

#include "core/list/slot.h"
#include "core/list/tag.h"
#include "core/value/utf8.h"

namespace shmount {
namespace {

// The most bytes of one UTF-8 character that can lie on one side of a patch.
constexpr std::uint64_t kNear = 3;

/// The bytes that a patch replaces, and the bytes of the text next to them.
struct Around {
  std::string bytes;
  std::size_t near = 0;  ///< how many of these bytes lie before the patch

  std::string_view Before() const { return std::string_view(bytes).substr(0, near); }
  /// The current text after the first `size` replaced bytes.
  std::string_view After(std::size_t size) const {
    const auto rest = std::string_view(bytes).substr(std::min(near + size, bytes.size()));
    return rest.substr(0, rest.find('\0'));
  }
};

Result<Around> ReadAround(const BlockIo& io, const Slot& slot, const TextPatch& patch,
                          std::uint64_t length) {
  Around around;
  around.near = std::min(patch.at, kNear);
  const std::uint64_t begin = patch.at - around.near;
  around.bytes.resize(std::min(patch.at + patch.bytes.size() + kNear, length) - begin);
  TRY(ReadExactly(io, slot.offset + begin, std::as_writable_bytes(std::span(around.bytes))));
  return around;
}

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// Whether `piece` makes UTF-8 together with `before` and `after`. Parts of the outermost
/// characters of these two may be missing.
bool FitsBetween(std::string_view before, std::string_view piece, std::string_view after) {
  while (!before.empty() && IsContinuation(before.front())) {
    before.remove_prefix(1);
  }
  std::string text(before);
  text.append(piece).append(after.substr(0, kNear));
  if (after.size() >= kNear) {
    text.resize(text.size() - Utf8Incomplete(text));
  }
  return IsUtf8(text);
}

/// How many bytes of the patch can be stored in a str.
Result<std::size_t> CheckStr(const TextPatch& patch, const Around& around) {
  const std::string_view piece = patch.bytes;
  if (piece.contains('\0') || around.Before().ends_with('\0')) {
    return Fail(EINVAL, "a NUL in a str");
  }
  if (FitsBetween(around.Before(), piece, around.After(piece.size()))) {
    return piece.size();
  }
  const std::size_t open = patch.may_end_within ? Utf8Incomplete(piece) : 0;
  const std::size_t whole = piece.size() - open;
  const bool fits = FitsBetween(around.Before(), piece.substr(0, whole), around.After(whole));
  return open > 0 && fits ? Result<std::size_t>(whole) : Fail(EILSEQ, "str is not UTF-8");
}

}  // namespace

Result<std::optional<std::size_t>> PatchText(BlockIo& io, const BlockIo& head,
                                             const ListShape& shape, std::uint64_t index,
                                             const TextPatch& patch) {
  const bool is_str = patch.type == Type::kStr;
  const auto slot = TRY(LocateSlot(head, shape, index));
  const std::size_t newline = is_str && patch.bytes.ends_with('\n') ? 1 : 0;
  const std::uint64_t end = patch.at + patch.bytes.size() - newline;
  if (end > slot.size) {
    return Fail(EFBIG, "value longer than its slot");
  }
  const auto format = Interpret(TRY(ReadTag(head, shape, index)));
  if (!format || format->type != patch.type || format->length > slot.size || end > format->length) {
    return std::nullopt;
  }
  const auto around = TRY(ReadAround(head, slot, patch, format->length));
  const std::size_t taken = is_str ? TRY(CheckStr(patch, around)) : patch.bytes.size();
  std::string bytes(patch.bytes.substr(0, taken));
  if (is_str && bytes.ends_with('\n') && around.After(taken).empty()) {
    bytes.back() = '\0';
  }
  bytes.resize(std::min<std::uint64_t>(bytes.size(), format->length - patch.at));
  const auto old = std::string_view(around.bytes).substr(around.near, bytes.size());
  const auto write = [&](std::string_view what) {
    return io.WriteAt(slot.offset + patch.at, std::as_bytes(std::span(what)));
  };
  if (const auto done = bytes.empty() ? Status{} : write(bytes); !done) {
    (void)write(old);  // no memory for a hole: restore, as CarryOut does
    return std::unexpected(done.error());
  }
  return taken;
}

}  // namespace shmount
