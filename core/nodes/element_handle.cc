// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/element_handle.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <utility>

#include "core/backing/block_file.h"
#include "core/list/head_io.h"
#include "core/list/read.h"
#include "core/value/text_format.h"
#include "core/value/text_parse.h"
#include "core/value/utf8.h"

namespace shmount {
namespace {

constexpr std::size_t kLeastBuffer = 512;

class ElementHandle final : public FileHandle {
 public:
  ElementHandle(std::shared_ptr<BlockFile> file, const ListShape& shape, ElementOpen open,
                ListWriter& writer)
      : file_(std::move(file)), shape_(shape), open_(std::move(open)), writer_(writer) {}

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
    return Refusing(
        [&]() -> Result<std::size_t> { return WriteAfter(TRY(TextBefore(offset)), from); });
  }

  Result<std::size_t> Append(std::span<const std::byte> from) override {
    const std::lock_guard lock(mutex_);
    return Refusing([&]() -> Result<std::size_t> { return WriteAfter(TRY(WholeText()), from); });
  }

  bool ReportsAtClose() const override { return open_.reports; }

  // What is held stays: another process may go on with it.
  Status Close() override {
    const std::lock_guard lock(mutex_);
    return held_ ? Fail(EILSEQ, "a str ends within a character") : Status{};
  }

  Status Sync(bool /*data_only*/) override { return Close(); }

  Status Truncate(std::uint64_t size) override {
    const std::lock_guard lock(mutex_);
    if (refused_) {
      return std::unexpected(*refused_);
    }
    held_ = false;
    if (size == 0) {
      written_.clear();
      has_written_ = true;
      touched_ = false;
      open_.empty = true;
      return {};
    }
    auto text = TRY(WholeText());
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
  // After a piece that was refused the next ones are too: on their own they are another text.
  template <class Write>
  Result<std::size_t> Refusing(Write&& write) {
    auto written = refused_ ? Result<std::size_t>(std::unexpected(*refused_)) : write();
    if (!written) {
      refused_ = written.error();
    }
    return written;
  }

  Result<std::string> CurrentText() const {
    const auto value = TRY(ReadElement(HeadIo(*file_, shape_.size()), shape_, open_.index));
    return FormatText(value);
  }

  // What this handle wrote, or what is there.
  Result<std::string> WholeText() const {
    return has_written_ || open_.empty ? Result<std::string>(written_) : CurrentText();
  }

  // What a write at `offset` goes after.
  Result<std::string> TextBefore(std::uint64_t offset) const {
    if (offset == 0) {
      return std::string();
    }
    auto text = TRY(WholeText());
    if (offset > text.size()) {
      return Fail(EINVAL, "a hole in an element");
    }
    text.resize(offset);
    return text;
  }

  Result<std::size_t> WriteAfter(std::string text, std::span<const std::byte> from) {
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

  Result<Type> TargetType() const {
    return open_.type ? Result<Type>(*open_.type)
                      : ReadElementType(HeadIo(*file_, shape_.size()), shape_, open_.index);
  }

  // A long str comes in pieces that can end within a character; the next piece completes it.
  // Writers cut at their buffers' size: a short piece that ends so is a text that ends so.
  Status AssignOrHold(const std::string& text, std::size_t piece) {
    const auto type = TRY(TargetType());
    const bool may_hold = open_.reports && type == Type::kStr && piece >= kLeastBuffer;
    const std::size_t open = may_hold ? Utf8Incomplete(text) : 0;
    held_ = open > 0 && IsUtf8(std::string_view(text).substr(0, text.size() - open));
    return held_ ? Status{} : Assign(type, text);
  }

  Status Assign(const std::string& text) { return Assign(TRY(TargetType()), text); }

  Status Assign(Type type, const std::string& text) {
    const auto value = TRY(ParseText(type, text));
    return Store(value);
  }

  Status Store(const Value& value) { return writer_.Assign(*file_, shape_, open_.index, value); }

  const std::shared_ptr<BlockFile> file_;
  const ListShape shape_;
  ElementOpen open_;
  ListWriter& writer_;
  std::mutex mutex_;
  std::string read_text_;
  std::string written_;
  bool has_written_ = false;
  bool touched_ = false;
  bool held_ = false;  // what is written ends within a character, and is not assigned
  std::optional<Error> refused_;
};

}  // namespace

std::unique_ptr<FileHandle> MakeElementHandle(std::shared_ptr<BlockFile> file,
                                              const ListShape& shape, ElementOpen open,
                                              ListWriter& writer) {
  return std::make_unique<ElementHandle>(std::move(file), shape, std::move(open), writer);
}

}  // namespace shmount
