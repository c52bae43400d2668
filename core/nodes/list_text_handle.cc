// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/list_text_handle.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <optional>

#include "core/backing/block_file.h"
#include "core/list/layout.h"
#include "core/list/long_text.h"
#include "core/list/scan.h"
#include "core/value/text_format.h"
#include "core/value/utf8.h"

namespace shmount {
namespace {

// How much text before the reader's offset is kept: shells and head(1) seek back in it.
constexpr std::uint64_t kMostKept = 65536;

// The least text that is made at a time, also for a reader that reads byte by byte.
constexpr std::uint64_t kLeastMade = 512;

// How far ahead a reader may jump: finding the text there takes reading all elements before it.
constexpr std::uint64_t kMostSkipped = std::uint64_t{1} << 20;

// A read ends after so many elements, even if they are damaged and give no text.
constexpr std::uint64_t kMostElements = std::uint64_t{1} << 20;

/// Holds only the text around the reader's offset, whatever the list's length.
class TextHandle : public FileHandle {
 public:
  Result<std::size_t> Read(std::uint64_t offset, std::span<std::byte> into) override {
    const std::lock_guard lock(mutex_);
    if (offset >= MostText()) {
      return 0;
    }
    if (offset < base_ || offset == 0) {  // start again, with the list as it is now
      Rewind();
    }
    TRY(ReadUpTo(offset, into.size()));
    const std::size_t there = End() - std::min(End(), offset);
    const std::size_t n = std::min(into.size(), there);
    if (n > 0) {
      std::memcpy(into.data(), text_.data() + (offset - base_), n);
    }
    DropBefore(offset + n - std::min(offset + n, kMostKept));
    if (text_.capacity() > 4 * (text_.size() + kMostKept)) {
      text_.shrink_to_fit();
    }
    return n;
  }

  Result<std::size_t> Write(std::uint64_t, std::span<const std::byte>) override {
    return Fail(EPERM, "write");
  }
  Result<std::size_t> Append(std::span<const std::byte>) override { return Fail(EPERM, "write"); }
  Status Truncate(std::uint64_t) override { return Fail(EPERM, "truncate"); }

 protected:
  TextHandle(std::shared_ptr<const BlockFile> file, const ListShape& shape)
      : file_(std::move(file)), shape_(shape) {}

  /// Appends about `want` more bytes to `text`. Returns false at the end.
  virtual Result<bool> Extend(std::string& text, std::size_t want) = 0;
  /// The most text that a list of this shape can have.
  virtual std::uint64_t MostText() const = 0;
  virtual void Rewind() {
    base_ = 0;
    next_ = 0;
    text_.clear();
  }

  const std::shared_ptr<const BlockFile> file_;
  const ListShape shape_;
  std::uint64_t next_ = 0;  // the next element
  Patience patience_;       // of the current read

 private:
  std::uint64_t End() const { return base_ + text_.size(); }

  Status ReadUpTo(std::uint64_t offset, std::size_t size) {
    const std::uint64_t first = next_;
    patience_ = {};
    bool more = true;
    while (more && End() < offset + size && next_ - first <= kMostElements) {
      if (offset > End() + kMostSkipped) {
        return Fail(ESPIPE, "read far ahead in a list's text");
      }
      DropBefore(offset - std::min(offset, kMostKept));
      more = TRY(Extend(text_, std::clamp(offset + size - End(), kLeastMade, kMostSkipped)));
    }
    return more && size > 0 && End() <= offset ? Fail(EIO, "no text in damaged elements")
                                               : Status{};
  }

  void DropBefore(std::uint64_t offset) {
    const std::size_t gone =
        std::min<std::uint64_t>(offset - std::min(offset, base_), text_.size());
    text_.erase(0, gone);
    base_ += gone;
  }

  std::mutex mutex_;
  std::string text_;
  std::uint64_t base_ = 0;  // the offset of text_ in the whole
};

class ValuesHandle final : public TextHandle {
 public:
  ValuesHandle(std::shared_ptr<const BlockFile> file, const ListShape& shape)
      : TextHandle(std::move(file), shape) {}

 private:
  // How many bytes of an element's text are held at most. Text that one read did not return is kept
  // for the next one.
  static constexpr std::uint64_t kMostHeld = 16384;
  static constexpr std::uint64_t kShortestLine = 7;  // "0\tstr\t\n"

  /// The line of a long text that is being read.
  struct Line {
    LongText text;
    bool is_utf8 = false;
    std::uint64_t done = 0;
  };

  Result<bool> Extend(std::string& text, std::size_t want) override {
    if (line_) {
      TRY(Continue(text, *line_));
      return true;
    }
    if (next_ == shape_.count) {
      return false;
    }
    const std::size_t enough = text.size() + want;
    const std::uint64_t end = next_ + std::min(shape_.count - next_, want / kShortestLine + 1);
    bool is_long = false;
    const auto visit = [&](std::uint64_t index, const Result<Value>& value) {
      is_long = !value && value.error().code == EFBIG;
      if (is_long) {
        return false;
      }
      AppendLine(text, index, value);
      return text.size() < enough;
    };
    TRY(ScanElements(*file_, shape_, next_, end, visit, {kMostHeld, &sum_, &patience_}));
    return is_long ? BeginLong(text) : true;
  }

  // At most, every value has all bytes of its slot, all escaped, and the longest line of a number.
  std::uint64_t MostText() const override {
    constexpr std::uint64_t kLongestLine = 64;
    constexpr std::uint64_t kLongestEscape = 4;
    return kLongestLine * shape_.count + kLongestEscape * shape_.data_size;
  }

  void Rewind() override {
    TextHandle::Rewind();
    line_.reset();
  }

  void AppendLine(std::string& text, std::uint64_t index, const Result<Value>& value) {
    if (value) {
      AppendValuesLine(text, index, *value);
    } else {
      text.append(std::to_string(index)).append("\tdamaged\t\n");
    }
    next_ = index + 1;
  }

  Result<bool> BeginLong(std::string& text) {
    const auto slot = TRY(LocateSlot(*file_, shape_, next_, &sum_));
    const auto measured = TRY(MeasureLongText(*file_, shape_, next_, slot));
    if (!measured) {
      AppendLine(text, next_, ReadElementIn(*file_, shape_, next_, slot, patience_));
      return true;
    }
    AppendValuesHead(text, next_, measured->type);
    line_ = Line{.text = *measured};
    line_->is_utf8 = measured->type == Type::kStr && TRY(AllUtf8(*measured));
    return true;
  }

  // Reads the next piece of a long text. Up to 3 bytes of a character at its end are left for the
  // piece after it.
  Result<std::string> Piece(const LongText& text, std::uint64_t at, bool is_utf8) const {
    std::string piece(kMostHeld, '\0');
    const auto n =
        TRY(ReadLongText(*file_, shape_, text, at, std::as_writable_bytes(std::span(piece))));
    const std::string_view read = std::string_view(piece).substr(0, n);
    const std::size_t incomplete = is_utf8 && at + n < text.size ? Utf8Incomplete(read) : 0;
    piece.resize(n - incomplete);
    return piece;
  }

  Result<bool> AllUtf8(const LongText& text) const {
    for (std::uint64_t at = 0; at < text.size;) {
      const auto piece = TRY(Piece(text, at, true));
      if (!IsUtf8(piece)) {
        return false;
      }
      at += piece.size();
    }
    return true;
  }

  Status Continue(std::string& text, Line& line) {
    const auto piece = TRY(Piece(line.text, line.done, line.is_utf8));
    AppendValuesText(text, piece, line.is_utf8 && IsUtf8(piece));
    line.done += piece.size();
    if (line.done >= line.text.size) {
      text.push_back('\n');
      ++next_;
      line_.reset();
    }
    return {};
  }

  SlotSum sum_;
  std::optional<Line> line_;
};

class FormatHandle final : public TextHandle {
 public:
  FormatHandle(std::shared_ptr<const BlockFile> file, const ListShape& shape)
      : TextHandle(std::move(file), shape) {}

 private:
  Result<bool> Extend(std::string& text, std::size_t want) override {
    if (next_ > shape_.count) {
      return false;
    }
    const std::uint64_t end = next_ + std::min<std::uint64_t>(shape_.count - next_, want);
    TRY(AppendFormats(*file_, shape_, next_, end, text));
    next_ = end;
    if (end == shape_.count) {
      text.push_back('\n');
      ++next_;
    }
    return true;
  }

  std::uint64_t MostText() const override { return sizeof(FormatWord) * shape_.count + 1; }
};

}  // namespace

std::unique_ptr<FileHandle> MakeValuesHandle(std::shared_ptr<const BlockFile> file,
                                             const ListShape& shape) {
  return std::make_unique<ValuesHandle>(std::move(file), shape);
}

std::unique_ptr<FileHandle> MakeFormatHandle(std::shared_ptr<const BlockFile> file,
                                             const ListShape& shape) {
  return std::make_unique<FormatHandle>(std::move(file), shape);
}

}  // namespace shmount
