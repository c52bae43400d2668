// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/element_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>

#include "core/list/read.h"
#include "core/value/text_format.h"
#include "core/value/text_parse.h"
#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

using Int = std::int64_t;

class ElementTextTest : public TempBacking {
 protected:
  void Make(const Value& value) {
    list_ = MakeList({value});
    Put("list", list_);
  }
  ElementText Open(ElementText::How how = {}) {
    how.may_hold = true;
    if (!writer_) {
      writer_.emplace(area(), nodes_, events_);
    }
    auto file = std::make_shared<BlockFile>(TempBacking::Open("list"));
    return {std::move(file), list_.shape, std::move(how), *writer_};
  }
  Value Now() const { return ReadElement(TempBacking::Open("list"), list_.shape, 0).value(); }

 private:
  ListBlock list_;
  NodeTable nodes_;
  std::atomic<bool> events_ = true;
  std::optional<ListWriter> writer_;
};

TEST_F(ElementTextTest, KeepsTheRest) {
  Make(Str{"a long value"});
  auto text = Open();
  EXPECT_TRUE(text.Write(2, "LONG"));
  EXPECT_EQ(Now(), Value(Str{"a LONG value"}));
  EXPECT_TRUE(text.Write(0, "b"));
  EXPECT_TRUE(text.Write(13, "two\n"));
  EXPECT_EQ(Now(), Value(Str{"b LONG value\ntwo"})) << "after its newline";
  EXPECT_TRUE(text.Write(12, "."));
  EXPECT_EQ(Now(), Value(Str{"b LONG value.two"}));
  EXPECT_EQ(CodeOf(text.Write(18, "x")), EINVAL) << "a hole";
}

TEST_F(ElementTextTest, ANumberBeginsAnewAtItsStart) {
  Make(Int{1234});
  auto text = Open();
  EXPECT_TRUE(text.Write(2, "9"));
  EXPECT_EQ(Now(), Value(Int{1294}));
  EXPECT_TRUE(text.Write(0, "7"));
  EXPECT_EQ(Now(), Value(Int{7}));
  EXPECT_TRUE(text.Write(std::nullopt, "8\n"));
  EXPECT_EQ(Now(), Value(Int{78}));
  EXPECT_EQ(CodeOf(text.Write(0, std::string(5000, '0'))), EINVAL);
}

TEST_F(ElementTextTest, GoesOnWhereAnotherAssignsMeanwhile) {
  Make(Str{"abcdefgh"});
  auto text = Open();
  EXPECT_TRUE(text.Write(4, "EFGH"));
  EXPECT_TRUE(Open({.empty = true}).Write(0, "x"));
  EXPECT_EQ(CodeOf(text.Write(8, "!")), EINVAL) << "what it goes after is not there any more";
  EXPECT_EQ(Now(), Value(Str{"x"}));
}

// As the list has it: NULs at the end are no part of bytes.
Value Stripped(Value value) {
  if (auto* bytes = std::get_if<Bytes>(&value)) {
    bytes->data.resize(bytes->data.find_last_not_of('\0') + 1);
  }
  return value;
}

// Behaves as a file of the same text, whatever is written, in whatever pieces.
TEST_F(ElementTextTest, IsAFile) {
  std::mt19937 random(1);
  const auto up_to = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n)(random);
  };
  const std::string_view letters[] = {"a", "\n", "\xc3\xa9", "\xe6\x97\xa5", "\xf0\x9f\x90\x8d"};
  for (int round = 0; round < 3000; ++round) {
    const Type type = round % 2 == 0 ? Type::kStr : Type::kBytes;
    const auto make = [&](std::size_t n) {
      std::string text;
      while (text.size() < n) {
        text += type == Type::kBytes ? std::string(1, static_cast<char>(up_to(255)))
                                     : std::string(letters[up_to(4)]);
      }
      return text;
    };
    const std::string old = make(up_to(30)) + "x";
    Make(type == Type::kStr ? Value(Str{old}) : Value(Bytes{old}));
    const std::size_t slot = 8 * (old.size() / 8 + 1);
    std::string file = FormatText(Now());
    const bool empty = up_to(1) == 0;
    if (empty) {
      file.clear();
    }
    auto text = Open({.empty = empty});
    for (int i = 0; i < 5; ++i) {
      const std::size_t at = up_to(file.size());
      const std::string piece = make(up_to(8)) + "y";
      std::string next = file;
      next.replace(at, std::min(piece.size(), next.size() - at), piece);
      const auto value = ParseText(type, next);
      const bool fits = next.size() <= slot + (type == Type::kStr && next.ends_with('\n') ? 1 : 0);
      const auto written = text.Write(at, piece);
      ASSERT_EQ(written.has_value(), value && fits) << "round " << round;
      if (!written) {
        break;
      }
      file = next;
      ASSERT_EQ(FormatText(Now()), FormatText(Stripped(*value))) << "round " << round;
    }
  }
}

}  // namespace
}  // namespace shmount
