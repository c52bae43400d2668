// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/element_text.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/list/head_io.h"
#include "core/list/patch.h"
#include "core/list/read.h"
#include "core/value/text_format.h"
#include "core/value/text_parse.h"
#include "core/value/utf8.h"

namespace shmount {
namespace {

// Programs that write through buffers cut a text at the buffer's size, maybe within a character. A
// shorter piece that ends within a character is the end of the text, and is refused at once: a
// shell does not check the result of close(2).
constexpr std::size_t kLeastBuffer = 512;

// Before the first assignment, an incomplete text of up to this size is held in memory, so that the
// old value is lost only to longer texts.
constexpr std::size_t kMostHeld = 65536;

bool IsText(Type type) { return type == Type::kStr || type == Type::kBytes; }

std::unexpected<Error> Hole() { return Fail(EINVAL, "a hole in an element"); }

}  // namespace

ElementText::ElementText(std::shared_ptr<BlockFile> file, const ListShape& shape, How how,
                         ListWriter& writer)
    : file_(std::move(file)), shape_(shape), how_(std::move(how)), writer_(writer) {}

Status ElementText::Write(std::optional<std::uint64_t> offset, std::string_view piece) {
  touched_ = true;
  const auto before = std::exchange(how_.before, std::nullopt);
  const auto done = [&]() -> Status {
    const auto type = TRY(TargetType());
    if (own_ && own_->type != type) {
      own_.reset();
    }
    std::uint64_t at = offset ? *offset : TRY(End(type));
    if (!held_.empty()) {
      if (at != held_at_ + held_.size()) {
        return Fail(EILSEQ, "a str with half a character");
      }
      at = held_at_;
      held_ += piece;
    } else {
      held_ = piece;
    }
    const bool may_hold = how_.may_hold && type == Type::kStr && piece.size() >= kLeastBuffer;
    const auto stored = TRY(Store(type, at, held_, may_hold));
    held_.erase(0, stored);
    held_at_ = at + stored;
    return {};
  }();
  if (!done) {
    held_.clear();
    if (before) {
      (void)writer_.Assign(*file_, shape_, how_.index, *before);
    }
  }
  return done;
}

Status ElementText::Truncate(std::uint64_t size) {
  if (size == 0) {
    own_.reset();
    held_.clear();
    touched_ = false;
    how_.empty = true;
    return {};
  }
  TRY(CheckWhole());
  const auto type = TRY(TargetType());
  auto text = TRY(Text(type));
  if (size == text.size()) {
    return {};
  }
  if (size > kMaxSlot + 1) {
    return Fail(EFBIG, "element");
  }
  touched_ = true;
  text.resize(size);
  return Assign(type, std::move(text));
}

Status ElementText::CheckWhole() const {
  return held_.empty() ? Status{} : Fail(EILSEQ, "a str ends within a character");
}

void ElementText::Finish() {
  if (how_.empty && !touched_) {
    if (const auto type = TargetType()) {
      (void)Assign(*type, "");
    }
  }
}

Result<Value> ElementText::Current() const {
  return ReadElement(HeadIo(*file_, shape_.size()), shape_, how_.index);
}

Result<Type> ElementText::TargetType() const {
  return how_.type ? Result<Type>(*how_.type)
                   : ReadElementType(HeadIo(*file_, shape_.size()), shape_, how_.index);
}

Result<std::string> ElementText::Text(Type type) const {
  if (how_.empty) {
    return "";
  }
  const Own* own = own_ && own_->type == type ? &*own_ : nullptr;
  if (own != nullptr && !IsText(type)) {
    return own->short_text;
  }
  const auto value = TRY(Current());
  std::string text = FormatText(value);
  if (own != nullptr) {
    text.resize(text.size() - (type == Type::kStr && !own->newline ? 1 : 0));
    text.resize(own->size);
  }
  return text;
}

Result<std::uint64_t> ElementText::End(Type type) const {
  if (!held_.empty()) {
    return held_at_ + held_.size();
  }
  return own_ ? own_->size : TRY(Text(type)).size();
}

Result<std::size_t> ElementText::Store(Type type, std::uint64_t at, std::string_view piece,
                                       bool may_hold) {
  if (IsText(type) && !how_.empty) {
    if (const auto stored = TRY(Patch(type, at, piece, may_hold))) {
      return *stored;
    }
  }
  return Replace(type, at, piece, may_hold);
}

Result<std::optional<std::size_t>> ElementText::Patch(Type type, std::uint64_t at,
                                                      std::string_view piece, bool may_hold) {
  if (!own_) {
    const auto value = TRY(Current());
    if (TypeOf(value) != type) {
      return std::nullopt;
    }
    own_ = Own{type, FormatText(value).size(), type == Type::kStr, ""};
  }
  if (at > own_->size) {
    return Hole();
  }
  // The newline at the end of a str is not stored in the block until more text follows it.
  const std::size_t newline = own_->newline && at == own_->size ? 1 : 0;
  const std::string bytes = std::string(newline, '\n').append(piece);
  const auto stored =
      TRY(writer_.Patch(*file_, shape_, how_.index, {type, at - newline, bytes, may_hold}));
  if (!stored) {
    return std::nullopt;
  }
  const std::uint64_t end = at - newline + *stored;
  if (end >= own_->size && *stored > 0) {
    own_->size = end;
    own_->newline = type == Type::kStr && bytes[*stored - 1] == '\n';
  }
  return *stored - newline;
}

Result<std::size_t> ElementText::Replace(Type type, std::uint64_t at, std::string_view piece,
                                         bool may_hold) {
  // More bytes than the text of any number that is accepted, with underscores and blanks.
  constexpr std::size_t kLongestNumber = 4096;
  std::string text = at == 0 && !IsText(type) ? std::string() : TRY(Text(type));
  if (at > text.size()) {
    return Hole();
  }
  // No text is longer than kMaxSlot bytes and a newline: refuse it before allocating memory for it.
  if (at + piece.size() > (IsText(type) ? kMaxSlot + 1 : kLongestNumber)) {
    return IsText(type) ? Fail(EFBIG, "element") : Fail(EINVAL, "text that is no number");
  }
  text.replace(at, piece.size(), piece);
  const std::size_t open = may_hold ? std::min(Utf8Incomplete(text), piece.size()) : 0;
  text.resize(text.size() - open);
  if (open > 0 && how_.empty && text.size() <= kMostHeld) {
    TRY(ParseText(type, text));
    return 0;
  }
  TRY(Assign(type, std::move(text)));
  return piece.size() - open;
}

Status ElementText::Assign(Type type, std::string text) {
  const auto value = TRY(ParseText(type, text));
  TRY(writer_.Assign(*file_, shape_, how_.index, value));
  how_.empty = false;
  own_ = Own{type, text.size(), type == Type::kStr && text.ends_with('\n'), ""};
  if (!IsText(type)) {
    own_->short_text = std::move(text);
  }
  return {};
}

}  // namespace shmount
