// SPDX-License-Identifier: Apache-2.0
#include "core/list/build.h"

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

Status ListBuilder::Add(const Value& value) {
  const auto text = TextOf(value);
  if (text && text->size() > kMaxText) {
    return Fail(EFBIG, "value longer than a list element can be");
  }
  const std::uint64_t slot_size = text ? 8 * (text->size() / 8 + 1) : 8;
  const Tag tag = MakeTag(TypeOf(value), slot_size);
  if (text) {
    data_.append(*text).append(slot_size - text->size(), '\0');
  } else {
    data_.append(Raw(EncodeWord(value)));
  }
  formats_.append(Raw(tag.format));
  codes_.push_back(static_cast<char>(tag.code));
  ends_.push_back(data_.size());
  return {};
}

ListShape ListBuilder::shape() const { return {Layout::kV2, ends_.size(), data_.size()}; }

Status ListBuilder::WriteTo(BlockIo& io) const {
  const ListShape to = shape();
  std::vector<std::uint64_t> header = {to.count, 0};
  header.insert(header.end(), ends_.begin(), ends_.end());
  TRY(io.WriteAt(0, std::as_bytes(std::span(header))));
  TRY(io.WriteAt(to.data_begin(), std::as_bytes(std::span(data_))));
  TRY(io.WriteAt(to.formats_begin(), std::as_bytes(std::span(formats_))));
  return io.WriteAt(to.codes_begin(), std::as_bytes(std::span(codes_)));
}

}  // namespace shmount
