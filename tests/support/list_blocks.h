// SPDX-License-Identifier: Apache-2.0
// Blocks for the list tests: lists of both layouts in memory, and a BlockIo that calls back on each
// access.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/list/block_io.h"
#include "core/list/build.h"
#include "core/list/layout.h"
#include "core/value/value.h"

namespace shmount {

/// A block with a list in it.
struct ListBlock {
  std::vector<std::byte> bytes;
  ListShape shape;

  MemoryIo io() { return MemoryIo(bytes); }
  void PutWord(std::uint64_t offset, std::uint64_t word) {
    std::memcpy(bytes.data() + offset, &word, sizeof(word));
  }
  std::uint64_t WordAt(std::uint64_t offset) const {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + offset, sizeof(word));
    return word;
  }
  void PutFormat(std::uint64_t index, std::string text) {
    text.resize(8);
    std::memcpy(bytes.data() + shape.formats_begin() + 8 * index, text.data(), 8);
  }
  std::string FormatOf(std::uint64_t index) const {
    const std::string text(
        reinterpret_cast<const char*>(bytes.data()) + shape.formats_begin() + 8 * index, 8);
    return text.substr(0, text.find_last_not_of('\0') + 1);
  }
  std::byte& Code(std::uint64_t index) { return bytes[shape.codes_begin() + index]; }
};

inline ListBlock MakeList(const std::vector<Value>& values) {
  ListBuilder builder;
  for (const Value& value : values) {
    if (!builder.Add(value)) {
      return {};
    }
  }
  ListBlock list{std::vector<std::byte>(builder.shape().size()), builder.shape()};
  MemoryIo io(list.bytes);
  return builder.WriteTo(io) ? list : ListBlock{};
}

/// The same list as Python 3.8 lays it out: slot sizes in the place of offsets.
inline ListBlock ToV1(const ListBlock& v2) {
  ListBlock v1{{}, {Layout::kV1, v2.shape.count, v2.shape.data_size}};
  v1.bytes.assign(v2.bytes.begin() + 8, v2.bytes.end());
  v1.PutWord(0, v2.shape.count);
  for (std::uint64_t i = 0; i < v2.shape.count; ++i) {
    v1.PutWord(8 * (i + 1), v2.WordAt(8 * (i + 2)) - v2.WordAt(8 * (i + 1)));
  }
  return v1;
}

inline Value RandomValue(std::mt19937_64& random) {
  const std::uint64_t bits = random();
  const std::string text(bits % 41, static_cast<char>('a' + bits % 26));
  switch (random() % 6) {
    case 0:
      return static_cast<std::int64_t>(bits);
    case 1:
      return static_cast<double>(bits) / 3;
    case 2:
      return bits % 2 == 0;
    case 3:
      return Str{text};
    case 4:
      return Bytes{text};
    default:
      return None{};
  }
}

/// A block in memory that calls back after each read or write, with the number of accesses so far.
class HookedIo final : public BlockIo {
 public:
  explicit HookedIo(ListBlock& list) : io_(list.bytes) {}

  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> into) const override {
    auto result = io_.ReadAt(offset, into);
    ++reads;
    if (after_read) {
      after_read(offset);
    }
    return result;
  }

  Status WriteAt(std::uint64_t offset, std::span<const std::byte> from) override {
    writes.emplace_back(offset, from.size());
    if (refuse_write && refuse_write(offset)) {
      return Fail(ENOSPC, "write");
    }
    auto status = io_.WriteAt(offset, from);
    if (after_write) {
      after_write();
    }
    return status;
  }

  std::function<void(std::uint64_t)> after_read;
  std::function<void()> after_write;
  std::function<bool(std::uint64_t)> refuse_write;
  mutable int reads = 0;
  std::vector<std::pair<std::uint64_t, std::size_t>> writes;  // offset, length

 private:
  MemoryIo io_;
};

}  // namespace shmount
