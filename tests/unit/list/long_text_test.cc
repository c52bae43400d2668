// SPDX-License-Identifier: Apache-2.0
#include "core/list/long_text.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/list/slot.h"
#include "tests/support/list_blocks.h"

namespace shmount {
namespace {

std::optional<LongText> Measure(const BlockIo& io, const ListShape& shape, std::uint64_t index) {
  return MeasureLongText(io, shape, index, LocateSlot(io, shape, index).value()).value();
}

Result<std::string> Piece(const BlockIo& io, const ListShape& shape, const LongText& text,
                          std::uint64_t at, std::size_t size) {
  std::string piece(size, '?');
  const auto n = TRY(ReadLongText(io, shape, text, at, std::as_writable_bytes(std::span(piece))));
  piece.resize(n);
  return piece;
}

std::string Letters(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    text[i] = static_cast<char>('a' + i % 23);
  }
  return text;
}

TEST(LongText, IsReadPieceByPiece) {
  const std::string whole = Letters(300'000);
  const auto v2 = MakeList({std::int64_t{1}, Bytes{whole}, Str{whole}});
  for (ListBlock list : {v2, ToV1(v2)}) {
    for (const std::uint64_t index : {1, 2}) {
      const auto text = Measure(list.io(), list.shape, index);
      ASSERT_TRUE(text);
      EXPECT_EQ(text->type, index == 1 ? Type::kBytes : Type::kStr);
      EXPECT_EQ(text->size, whole.size());
      for (const std::uint64_t at : {0, 1, 65536, 299'999, 300'000, 400'000}) {
        EXPECT_EQ(Piece(list.io(), list.shape, *text, at, 1000).value(),
                  at < whole.size() ? whole.substr(at, 1000) : "");
      }
    }
  }
}

TEST(LongText, EndsBeforeItsNuls) {
  for (const std::size_t size : {65535, 65536, 65537, 131'072, 200'000}) {
    auto list = MakeList({Bytes{Letters(300'000)}});
    std::fill_n(list.bytes.begin() + static_cast<std::ptrdiff_t>(list.shape.data_begin() + size),
                300'000 - size, std::byte{0});
    const auto text = Measure(list.io(), list.shape, 0);
    ASSERT_EQ(text.has_value(), size > kLongText) << size;
    EXPECT_EQ(text ? text->size : size, size);
  }
}

TEST(LongText, OtherElementsAreNone) {
  auto list = MakeList({Str{Letters(100)}, Str{Letters(100'000)}, Str{Letters(100'000)}});
  EXPECT_FALSE(Measure(list.io(), list.shape, 0));
  list.PutFormat(1, "q");
  list.Code(1) = std::byte{0};
  EXPECT_FALSE(Measure(list.io(), list.shape, 1)) << "a number in a long slot";
  list.PutFormat(2, "9999992s");
  EXPECT_FALSE(Measure(list.io(), list.shape, 2)) << "damaged";
}

TEST(LongText, APieceIsWholeOrAnError) {
  auto list = MakeList({Bytes{Letters(100'000)}});
  const auto text = Measure(list.io(), list.shape, 0).value();
  HookedIo io(list);
  int changes = 0;
  io.after_read = [&](std::uint64_t offset) {
    if (offset == list.shape.data_begin() && ++changes < 4) {
      list.PutWord(offset, 0x3030303030303030);
      list.bytes[offset] = std::byte('0' + changes);
    }
  };
  EXPECT_EQ(Piece(io, list.shape, text, 0, 8).value(), "30000000");
  io.after_read = [&](std::uint64_t offset) {
    if (offset == list.shape.data_begin()) {
      list.bytes[offset] = std::byte(++changes % 100);
    }
  };
  EXPECT_EQ(Piece(io, list.shape, text, 0, 8).error().code, EIO);
  io.after_read = {};
  list.PutFormat(0, "q");
  EXPECT_EQ(Piece(io, list.shape, text, 0, 8).error().code, EIO) << "of another type by now";
}

}  // namespace
}  // namespace shmount
