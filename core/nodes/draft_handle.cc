// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/draft_handle.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include "core/backing/block_file.h"
#include "core/backing/inode.h"
#include "core/backing/xattr_names.h"
#include "core/list/layout.h"
#include "core/nodes/backed_handle.h"
#include "core/value/element_name.h"
#include "core/value/text_parse.h"
#include "core/value/utf8.h"

namespace shmount {
namespace {

// More bytes than the text of any number that is accepted, with underscores and blanks.
constexpr std::size_t kLongestNumber = 4096;

// The text of a number is short and written at once: check the whole text as it will be.
Status CheckNumber(Type type, const BlockFile& file, std::uint64_t offset, std::string_view piece) {
  if (offset + piece.size() > kLongestNumber) {
    return Fail(EINVAL, "text that is no number");
  }
  std::string text(kLongestNumber, '\0');
  const auto n = TRY(file.ReadAt(0, std::as_writable_bytes(std::span(text))));
  text.resize(std::max<std::size_t>(n, offset + piece.size()));
  text.replace(offset, piece.size(), piece);
  const auto value = TRY(ParseText(type, text));
  return Status{};
}

// A piece of a str may begin and end within a character, and so may the whole text, before its
// newline.
Status CheckStr(std::uint64_t offset, std::string_view piece) {
  if (offset > 0) {
    std::size_t start = 0;
    while (start < 3 && start < piece.size() &&
           (static_cast<unsigned char>(piece[start]) & 0xc0) == 0x80) {
      ++start;
    }
    piece.remove_prefix(start);
  }
  if (piece.ends_with('\n')) {
    piece.remove_suffix(1);
  }
  piece.remove_suffix(Utf8Incomplete(piece));
  if (!IsUtf8(piece)) {
    return Fail(EILSEQ, "text that is not UTF-8");
  }
  return piece.find('\0') == std::string_view::npos ? Status{} : Fail(EINVAL, "a NUL in a str");
}

class DraftHandle final : public BackedHandle {
 public:
  DraftHandle(std::shared_ptr<BlockFile> file, DraftOpen open)
      : BackedHandle(std::move(file)), open_(std::move(open)) {}

  Result<std::size_t> Write(std::uint64_t offset, std::span<const std::byte> from) override {
    const std::lock_guard lock(mutex_);
    auto written =
        refused_ ? Result<std::size_t>(std::unexpected(*refused_)) : WriteChecked(offset, from);
    if (!written && !refused_) {
      refused_ = written.error();
      accepted_ = false;
      (void)file().SetXattr(kRefusedXattr, "", 0);
    }
    return written;
  }

  Result<std::size_t> Append(std::span<const std::byte> from) override {
    const auto st = TRY(file().Stat());
    return Write(static_cast<std::uint64_t>(st.st_size), from);
  }

  Status Truncate(std::uint64_t size) override {
    const std::lock_guard lock(mutex_);
    if (refused_ && size > 0) {
      return std::unexpected(*refused_);
    }
    TRY(file().Truncate(size));
    Accept();
    return open_.check();
  }

 private:
  Result<std::size_t> WriteChecked(std::uint64_t offset, std::span<const std::byte> from) {
    const std::string_view piece(reinterpret_cast<const char*>(from.data()), from.size());
    TRY(CheckDraftWrite(open_.name, file(), offset, piece));
    const auto n = TRY(file().Write(offset, from));
    Accept();
    TRY(open_.check());
    return n;
  }

  // Ends the state after a refused write: what the file holds now counts.
  void Accept() {
    refused_.reset();
    if (!std::exchange(accepted_, true)) {
      if (const auto inode = Inode::Of(file())) {
        (void)inode->RemoveXattr(kRefusedXattr);
      }
    }
  }

  const DraftOpen open_;
  std::mutex mutex_;
  bool accepted_ = false;
  std::optional<Error> refused_;  // the error of the first piece that was refused
};

}  // namespace

Status CheckDraftWrite(std::string_view name, const BlockFile& file, std::uint64_t offset,
                       std::string_view piece) {
  const auto element = ParseDraftName(name);
  if (!element) {
    return {};
  }
  const std::uint64_t longest = kMaxText + (element->type == Type::kBytes ? 0 : 1);
  if (offset > longest || piece.size() > longest - offset) {
    return Fail(EFBIG, std::string(name));
  }
  switch (*element->type) {
    case Type::kStr:
      return CheckStr(offset, piece);
    case Type::kBytes:
      return {};
    default:
      return CheckNumber(*element->type, file, offset, piece);
  }
}

std::unique_ptr<FileHandle> MakeDraftHandle(std::shared_ptr<BlockFile> file, DraftOpen open) {
  return std::make_unique<DraftHandle>(std::move(file), std::move(open));
}

}  // namespace shmount
