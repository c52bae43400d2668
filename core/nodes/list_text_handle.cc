// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/list_text_handle.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>

#include "core/backing/block_file.h"
#include "core/list/layout.h"
#include "core/list/scan.h"
#include "core/value/text_format.h"

namespace shmount {
namespace {

/// Keeps only the piece of text that the reader is at, whatever the list's length.
class TextHandle : public FileHandle {
 public:
  Result<std::size_t> Read(std::uint64_t offset, std::span<std::byte> into) override {
    const std::lock_guard lock(mutex_);
    if (offset < base_) {
      Rewind();
    }
    while (offset + into.size() > base_ + text_.size()) {
      DropBefore(offset);
      const auto more = TRY(Extend(text_, into.size()));
      if (!more) {
        break;
      }
    }
    if (offset >= base_ + text_.size()) {
      return 0;
    }
    const std::size_t at = offset - base_;
    const std::size_t n = std::min(into.size(), text_.size() - at);
    std::memcpy(into.data(), text_.data() + at, n);
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

  /// Appends about `want` bytes more, false at the end.
  virtual Result<bool> Extend(std::string& text, std::size_t want) = 0;

  const std::shared_ptr<const BlockFile> file_;
  const ListShape shape_;
  std::uint64_t next_ = 0;  // the element to go on with

 private:
  void Rewind() {
    base_ = 0;
    next_ = 0;
    text_.clear();
  }

  void DropBefore(std::uint64_t offset) {
    const std::size_t gone = std::min<std::uint64_t>(offset - base_, text_.size());
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
  Result<bool> Extend(std::string& text, std::size_t want) override {
    if (next_ == shape_.count) {
      return false;
    }
    const std::size_t enough = text.size() + want;
    TRY(ScanElements(*file_, shape_, next_, shape_.count,
                     [&](std::uint64_t index, const Result<Value>& value) {
                       if (value) {
                         AppendValuesLine(text, index, *value);
                       } else {
                         text.append(std::to_string(index)).append("\tdamaged\t\n");
                       }
                       next_ = index + 1;
                       return text.size() < enough;
                     }));
    return true;
  }
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
    const std::uint64_t end = std::min<std::uint64_t>(shape_.count, next_ + want);
    TRY(AppendFormats(*file_, shape_, next_, end, text));
    next_ = end;
    if (end == shape_.count) {
      text.push_back('\n');
      ++next_;
    }
    return true;
  }
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
