// SPDX-License-Identifier: Apache-2.0
#include "core/list/build.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <span>

#include "core/list/codec.h"
#include "core/list/tag.h"

namespace shmount {
namespace {

std::string_view Raw(const std::uint64_t& word) {
  return {reinterpret_cast<const char*>(&word), sizeof(word)};
}

}  // namespace

std::uint64_t SlotSizeOf(const Value& value) {
  const auto text = TextOf(value);
  return text ? 8 * (text->size() / 8 + 1) : 8;
}

std::optional<std::uint64_t> ParseSlotSize(std::string_view text) {
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && size > 0 && size % 8 == 0 && size <= kMaxSlot ? std::optional(size)
                                                                : std::nullopt;
}

Status ListBuilder::Add(const Value& value, std::uint64_t slot_size) {
  const auto text = TextOf(value);
  if (text && text->size() > kMaxText) {
    return Fail(EFBIG, "value longer than a list element can be");
  }
  const std::uint64_t needed = SlotSizeOf(value);
  slot_size = std::max(slot_size, needed);
  const Tag tag = MakeTag(TypeOf(value), slot_size);
  if (text) {
    data_.append(*text).append(needed - text->size(), '\0');
  } else {
    data_.append(Raw(EncodeWord(value)));
  }
  if (slot_size > needed) {
    spares_.push_back({data_.size(), slot_size - needed});
  }
  formats_.append(Raw(tag.format));
  codes_.push_back(static_cast<char>(tag.code));
  ends_.push_back((ends_.empty() ? 0 : ends_.back()) + slot_size);
  return {};
}

ListShape ListBuilder::shape() const {
  return {Layout::kV2, ends_.size(), ends_.empty() ? 0 : ends_.back()};
}

Status ListBuilder::WriteTo(BlockIo& io) const {
  const ListShape to = shape();
  std::vector<std::uint64_t> header = {to.count, 0};
  header.insert(header.end(), ends_.begin(), ends_.end());
  TRY(io.WriteAt(0, std::as_bytes(std::span(header))));
  const auto data = std::as_bytes(std::span(data_));
  std::uint64_t written = 0;
  std::uint64_t at = to.data_begin();
  for (const Spare& spare : spares_) {
    TRY(io.WriteAt(at, data.subspan(written, spare.before - written)));
    at += spare.before - written + spare.size;
    written = spare.before;
  }
  TRY(io.WriteAt(at, data.subspan(written)));
  TRY(io.WriteAt(to.formats_begin(), std::as_bytes(std::span(formats_))));
  return io.WriteAt(to.codes_begin(), std::as_bytes(std::span(codes_)));
}

}  // namespace shmount
