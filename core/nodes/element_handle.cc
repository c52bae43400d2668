// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/element_handle.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <utility>

#include "core/backing/block_file.h"
#include "core/list/read.h"
#include "core/value/text_format.h"
#include "core/value/text_parse.h"
#include "core/value/utf8.h"

namespace shmount {
namespace {

constexpr std::size_t kLeastBuffer = 512;

class ElementHandle final : public FileHandle {
 public:
  ElementHandle(BlockFile file, const ListShape& shape, ElementOpen open, ElementAssigner& assigner)
      : file_(std::move(file)), shape_(shape), open_(std::move(open)), assigner_(assigner) {}

  // A truncation counts when nothing was written after it: a shell truncates first, and a refused
  // value must leave the old one, so that it cannot be assigned before the last close.
  ~ElementHandle() override {
    if (open_.empty && !touched_) {
      (void)Assign("");
    }
  }

  Result<std::size_t> Read(std::uint64_t offset, std::span<std::byte> into) override {
    const std::lock_guard lock(mutex_);
    if (offset == 0) {
      auto text = TRY(CurrentText());
      read_text_ = std::move(text);
    }
    if (offset >= read_text_.size()) {
      return 0;
    }
    const std::size_t n = std::min(into.size(), read_text_.size() - offset);
    std::memcpy(into.data(), read_text_.data() + offset, n);
    return n;
  }

  Result<std::size_t> Write(std::uint64_t offset, std::span<const std::byte> from) override {
    const std::lock_guard lock(mutex_);
    auto text = TRY(TextBefore(offset));
    touched_ = true;
    // No slot holds more than kMaxSlot bytes and a newline: refuse before taking the memory.
    if (text.size() + from.size() > kMaxSlot + 1) {
      return Fail(EFBIG, "element");
    }
    text.append(reinterpret_cast<const char*>(from.data()), from.size());
    const auto before = std::exchange(open_.before, std::nullopt);
    if (const auto done = AssignOrHold(text, from.size()); !done) {
      if (before) {
        (void)Store(*before);
      }
      return std::unexpected(done.error());
    }
    written_ = std::move(text);
    has_written_ = true;
    return from.size();
  }

  Status Truncate(std::uint64_t size) override {
    const std::lock_guard lock(mutex_);
    if (size == 0) {
      written_.clear();
      has_written_ = true;
      touched_ = false;
      open_.empty = true;
      return {};
    }
    auto text = TRY(TextBefore(~std::uint64_t{0}));
    if (size == text.size()) {
      return {};
    }
    if (size > kMaxSlot + 1) {
      return Fail(EFBIG, "element");
    }
    touched_ = true;
    text.resize(size);
    TRY(Assign(text));
    written_ = std::move(text);
    has_written_ = true;
    return {};
  }

 private:
  Result<std::string> CurrentText() const {
    const auto value = TRY(ReadElement(file_, shape_, open_.index));
    return FormatText(value);
  }

  // What a write at `offset` goes after: nothing, what this handle wrote, or what is there.
  Result<std::string> TextBefore(std::uint64_t offset) const {
    if (offset == 0 && !open_.append) {
      return std::string();
    }
    auto text = has_written_ || open_.empty ? Result<std::string>(written_) : CurrentText();
    if (text && !open_.append && offset < text->size()) {
      text->resize(offset);
    } else if (text && !open_.append && offset != ~std::uint64_t{0} && offset > text->size()) {
      return Fail(EINVAL, "a hole in an element");
    }
    return text;
  }

  Result<Type> TargetType() const {
    return open_.type ? Result<Type>(*open_.type) : ReadElementType(file_, shape_, open_.index);
  }

  // A long str comes in pieces that can end within a character; the next piece completes it.
  // Writers cut at their buffers' size: a short piece that ends so is a text that ends so.
  Status AssignOrHold(const std::string& text, std::size_t piece) {
    const auto type = TRY(TargetType());
    const std::size_t open = type == Type::kStr && piece >= kLeastBuffer ? Utf8Incomplete(text) : 0;
    const bool held = open > 0 && IsUtf8(std::string_view(text).substr(0, text.size() - open));
    return held ? Status{} : Assign(text);
  }

  Status Assign(const std::string& text) {
    const auto type = TRY(TargetType());
    const auto value = TRY(ParseText(type, text));
    return Store(value);
  }

  Status Store(const Value& value) { return assigner_.Assign(file_, shape_, open_.index, value); }

  BlockFile file_;
  const ListShape shape_;
  ElementOpen open_;
  ElementAssigner& assigner_;
  std::mutex mutex_;
  std::string read_text_;
  std::string written_;
  bool has_written_ = false;
  bool touched_ = false;
};

}  // namespace

std::unique_ptr<FileHandle> MakeElementHandle(BlockFile file, const ListShape& shape,
                                              ElementOpen open, ElementAssigner& assigner) {
  return std::make_unique<ElementHandle>(std::move(file), shape, std::move(open), assigner);
}

}  // namespace shmount
