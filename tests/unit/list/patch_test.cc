// SPDX-License-Identifier: Apache-2.0
#include "core/list/patch.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/list/read.h"
#include "tests/support/list_blocks.h"

namespace shmount {
namespace {

using namespace std::string_literals;

/// Counts the bytes that go in and out.
class CountingIo final : public BlockIo {
 public:
  explicit CountingIo(ListBlock& list) : io_(list.io()) {}
  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> into) const override {
    bytes_ += into.size();
    return io_.ReadAt(offset, into);
  }
  Status WriteAt(std::uint64_t offset, std::span<const std::byte> from) override {
    bytes_ += from.size();
    return io_.WriteAt(offset, from);
  }
  std::size_t bytes() const { return bytes_; }

 private:
  MemoryIo io_;
  mutable std::size_t bytes_ = 0;
};

TEST(PatchText, ChangesABitOfAStr) {
  struct Case {
    std::string old;
    std::uint64_t at;
    std::string bytes;
    std::string result;
    int code = 0;
    std::size_t left_out = 0;
  };
  const Case cases[] = {
      {"howdy", 0, "H", "Howdy"},
      {"howdy", 4, "n up", "howdn up"},
      {"howdy", 5, " you", "howdy", EFBIG},
      {"howdy", 5, "\n", "howdy"},
      {"howdy", 2, "\n", "ho\ndy"},
      {"howdy", 4, "\n", "howd"},
      {"howdy", 5, "you\n", "howdyyou"},
      {"", 0, "x", "x"},
      {"howdy", 6, "x", "howdy", EINVAL},
      {"howdy", 0, "a\0b"s, "howdy", EINVAL},
      {"\xe6\x97\xa5.", 3, "\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac"},
      {"\xe6\x97\xa5.", 2, "\xa4", "\xe6\x97\xa4."},
      {"\xe6\x97\xa5.", 1, "x", "\xe6\x97\xa5.", EILSEQ},
      {"\xe6\x97\xa5.", 0, "x", "\xe6\x97\xa5.", EILSEQ},
      {"\xe6\x97\xa5.", 0, "abc", "abc."},
      {"\xe6\x97\xa5.", 0, "\xe6\x97\xa5.\xc3", "\xe6\x97\xa5.", 0, 1},
      {"\xe6\x97\xa5.", 4, "\xf0\x9f\x90", "\xe6\x97\xa5.", 0, 3},
      {"abcd", 0, "\xe6\x97\xa5\xe6",
       "\xe6\x97\xa5"
       "d",
       0, 1},
      {"abcd", 1, "\xff", "abcd", EILSEQ},
      {"abcd", 4, "\xe6\n", "abcd", EILSEQ},
  };
  for (const Case& c : cases) {
    auto list = MakeList({Str{c.old}, Str{"next"}});
    auto io = list.io();
    const TextPatch patch{Type::kStr, c.at, c.bytes, true};
    const auto stored = PatchText(io, io, list.shape, 0, patch);
    EXPECT_EQ(stored ? 0 : stored.error().code, c.code) << c.old << c.bytes;
    if (stored) {
      EXPECT_EQ(**stored, c.bytes.size() - c.left_out) << c.old << c.bytes;
    }
    EXPECT_EQ(ReadElement(io, list.shape, 0).value(), Value(Str{c.result})) << c.bytes;
    EXPECT_EQ(ReadElement(io, list.shape, 1).value(), Value(Str{"next"}));
    if (c.left_out > 0) {
      const TextPatch whole{Type::kStr, c.at, c.bytes, false};
      EXPECT_EQ(PatchText(io, io, list.shape, 0, whole).error().code, EILSEQ);
    }
  }
}

TEST(PatchText, TakesAnyBytes) {
  auto list = MakeList({Bytes{"abcdef"}});
  auto io = list.io();
  EXPECT_EQ(PatchText(io, io, list.shape, 0, {Type::kBytes, 2, "\0\xff\n"s, false}).value(), 3U);
  EXPECT_EQ(ReadElement(io, list.shape, 0).value(), Value(Bytes{"ab\0\xff\nf"s}));
  EXPECT_EQ(PatchText(io, io, list.shape, 0, {Type::kBytes, 7, "xy", false}).error().code, EFBIG);
}

TEST(PatchText, LeavesAnotherTypeAndAShortFormatToAnAssignment) {
  auto list = MakeList({Str{"abc"}});
  auto io = list.io();
  EXPECT_EQ(PatchText(io, io, list.shape, 0, {Type::kBytes, 0, "x", false}).value(), std::nullopt);
  list.PutFormat(0, "4s");
  EXPECT_EQ(PatchText(io, io, list.shape, 0, {Type::kStr, 3, "xy", false}).value(), std::nullopt);
  EXPECT_EQ(PatchText(io, io, list.shape, 0, {Type::kStr, 3, "x\n", false}).value(), 2U);
  EXPECT_EQ(ReadElement(io, list.shape, 0).value(), Value(Str{"abcx"}));
}

TEST(PatchText, ThatAnElementIsLargeCostsNothing) {
  auto list = MakeList({Bytes{std::string(1 << 20, 'x')}, Str{std::string(1 << 20, 'x')}});
  CountingIo io(list);
  const std::string piece(512, 'y');
  ASSERT_TRUE(PatchText(io, io, list.shape, 0, {Type::kBytes, 4096, piece, false}));
  ASSERT_TRUE(PatchText(io, io, list.shape, 1, {Type::kStr, 4096, piece, false}));
  EXPECT_LT(io.bytes(), 4096U);
}

}  // namespace
}  // namespace shmount
