// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/element_handle.h"

#include <gtest/gtest.h>
#include <sys/file.h>

#include <cstddef>
#include <cstdint>

#include "core/list/assign.h"
#include "core/list/read.h"
#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

using namespace std::string_literals;
using Int = std::int64_t;

struct How {
  std::uint64_t index = 0;
  std::optional<Type> type = std::nullopt;
  bool empty = false;
  bool reports = true;
};

class ElementHandleTest : public TempBacking {
 protected:
  void Make(const std::vector<Value>& values) {
    list_ = MakeList(values);
    Put("list", list_);
  }
  std::unique_ptr<FileHandle> Handle(const How& how = {}) const {
    ElementOpen open;
    open.text.index = how.index;
    open.text.type = how.type;
    open.text.empty = how.empty;
    open.text.may_hold = how.reports;
    if (!writer_) {
      writer_.emplace(area(), nodes_, events_);
    }
    return MakeElementHandle(std::make_shared<BlockFile>(Open("list")), list_.shape,
                             std::move(open), *writer_);
  }
  Value At(std::uint64_t index) const {
    return ReadElement(Open("list"), list_.shape, index).value();
  }
  ListBlock list_;
  mutable NodeTable nodes_;
  std::atomic<bool> events_ = true;
  mutable std::optional<ListWriter> writer_;
};

TEST_F(ElementHandleTest, ReadsTheValueOfTheMoment) {
  Make({Str{"caf\xc3\xa9"}, Int{1}});
  const auto handle = Handle();
  for (const std::size_t piece : {1, 2, 3, 4096}) {
    EXPECT_EQ(ReadAll(*handle, piece), "caf\xc3\xa9\n");
  }
  EXPECT_FALSE(handle->PassthroughFd());
  BlockFile file = Open("list");
  std::array<std::byte, 2> two;
  ASSERT_EQ(handle->Read(0, two).value(), 2U);
  ASSERT_TRUE(AssignElement(file, list_.shape, 0, Str{"other"}));
  EXPECT_EQ(ReadAll(*handle, 10, 2), "f\xc3\xa9\n") << "goes on in what it began to read";
  EXPECT_EQ(ReadAll(*handle), "other\n");
}

TEST_F(ElementHandleTest, ReadsALongTextPieceByPiece) {
  const std::string whole(200'000, 'x');
  Make({Str{whole}, Bytes{whole}});
  EXPECT_EQ(ReadAll(*Handle({.index = 1}), 70'000), whole);
  const auto handle = Handle();
  for (const std::size_t piece : {1000, 65536, 200'000, 200'001, 1 << 20}) {
    EXPECT_EQ(ReadAll(*handle, piece), whole + "\n") << piece;
  }
  BlockFile file = Open("list");
  ASSERT_TRUE(AssignElement(file, list_.shape, 0, Int{1}));
  std::array<std::byte, 2> two;
  EXPECT_EQ(CodeOf(handle->Read(2, two)), EIO) << "of another type by now";
  EXPECT_EQ(ReadAll(*handle), "1\n");
}

TEST_F(ElementHandleTest, AWriteAtTheStartReplacesAndLaterOnesExtend) {
  Make({Int{1}, Str{"a long old value"}});
  const auto handle = Handle();
  EXPECT_EQ(WriteTo(*handle, 0, "12"), 0);
  EXPECT_EQ(At(0), Value(Int{12}));
  EXPECT_EQ(WriteTo(*handle, 2, "34"), 0);
  EXPECT_EQ(At(0), Value(Int{1234}));
  EXPECT_EQ(WriteTo(*handle, 3, "9\n"), 0);
  EXPECT_EQ(At(0), Value(Int{1239}));
  EXPECT_EQ(WriteTo(*handle, 0, "7\n"), 0);
  EXPECT_EQ(At(0), Value(Int{7}));
  const auto text = Handle({.index = 1});
  EXPECT_EQ(WriteTo(*text, 0, "new"), 0);
  EXPECT_EQ(At(1), Value(Str{"newong old value"}));
  EXPECT_EQ(WriteTo(*Handle({.index = 1, .empty = true}), 0, "new"), 0);
  EXPECT_EQ(At(1), Value(Str{"new"}));
}

TEST_F(ElementHandleTest, AWriteWithinChangesWhatIsThere) {
  Make({Int{1234}});
  EXPECT_EQ(WriteTo(*Handle(), 2, "9"), 0);
  EXPECT_EQ(At(0), Value(Int{1294}));
  EXPECT_EQ(WriteTo(*Handle(), 9, "9"), EINVAL) << "a hole";
  EXPECT_EQ(At(0), Value(Int{1294}));
}

TEST_F(ElementHandleTest, AppendingGoesAfterTheText) {
  Make({Bytes{"abc"}, Int{5}});
  const auto handle = Handle({.index = 0});
  EXPECT_EQ(AppendTo(*handle, "d"), 0);
  EXPECT_EQ(AppendTo(*handle, "e"), 0);
  EXPECT_EQ(At(0), Value(Bytes{"abcde"}));
  EXPECT_EQ(AppendTo(*Handle({.index = 1}), "6"), EINVAL) << "after the newline";
  EXPECT_EQ(At(1), Value(Int{5}));
  const auto fresh = Handle({.index = 1, .empty = true});
  EXPECT_EQ(AppendTo(*fresh, "6"), 0);
  EXPECT_EQ(AppendTo(*fresh, "7"), 0);
  EXPECT_EQ(At(1), Value(Int{67}));
}

TEST_F(ElementHandleTest, RefusedValuesLeaveTheOldOne) {
  struct Case {
    Value old;
    std::string text;
    int code;
  };
  const std::string too_long(9, 'x');
  const Case cases[] = {
      {Int{5}, "x", EINVAL},
      {Int{5}, "9223372036854775808", ERANGE},
      {Int{5}, "", EINVAL},
      {2.5, "1e999", ERANGE},
      {2.5, "two", EINVAL},
      {true, "2", EINVAL},
      {Str{"abc"}, too_long, EFBIG},
      {Str{"abc"}, "\xff", EILSEQ},
      {Str{"abc"}, "ab\xc3", EILSEQ},
      {Str{"abc"}, "a\0b"s, EINVAL},
      {Bytes{"abc"}, too_long, EFBIG},
      {None{}, "x", EINVAL},
  };
  for (const Case& c : cases) {
    Make({c.old});
    const auto bytes = Get("list");
    EXPECT_EQ(WriteTo(*Handle({.empty = true}), 0, c.text), c.code) << c.text;
    EXPECT_EQ(Get("list"), bytes) << c.text;
  }
}

TEST_F(ElementHandleTest, ARefusedWriteRefusesWhatFollows) {
  Make({Int{1}});
  const auto handle = Handle();
  EXPECT_EQ(WriteTo(*handle, 0, "12"), 0);
  EXPECT_EQ(WriteTo(*handle, 2, "9999999999999999999"), ERANGE);
  EXPECT_EQ(WriteTo(*handle, 2, "3"), ERANGE);
  EXPECT_EQ(WriteTo(*handle, 0, "3"), ERANGE);
  EXPECT_EQ(AppendTo(*handle, "3"), ERANGE);
  EXPECT_EQ(CodeOf(handle->Truncate(0)), ERANGE);
  EXPECT_EQ(At(0), Value(Int{12})) << "what was before stays";
  EXPECT_EQ(ReadAll(*handle), "12\n");
  EXPECT_EQ(WriteTo(*Handle(), 0, "3"), 0) << "another open begins anew";
}

TEST_F(ElementHandleTest, ATruncationCountsOnlyWithoutAWrite) {
  Make({Str{"old"}, Int{5}, Str{"kept"}});
  {
    const auto handle = Handle({.index = 0, .empty = true});
  }
  EXPECT_EQ(At(0), Value(Str{""})) << ": > 0.str";
  {
    const auto handle = Handle({.index = 1, .empty = true});
  }
  EXPECT_EQ(At(1), Value(Int{5})) << "no text is no int";
  {
    const auto handle = Handle({.index = 2, .empty = true});
    EXPECT_EQ(At(2), Value(Str{"kept"})) << "not before the close";
    EXPECT_EQ(WriteTo(*handle, 0, "far longer than its slot is"), EFBIG);
  }
  EXPECT_EQ(At(2), Value(Str{"kept"}));
  {
    const auto handle = Handle({.index = 2});
    EXPECT_EQ(CodeOf(handle->Truncate(0)), 0);
    EXPECT_EQ(At(2), Value(Str{"kept"}));
    EXPECT_EQ(WriteTo(*handle, 0, "new"), 0);
  }
  EXPECT_EQ(At(2), Value(Str{"new"}));
  {
    EXPECT_EQ(CodeOf(Handle({.index = 2})->Truncate(0)), 0);
  }
  EXPECT_EQ(At(2), Value(Str{""}));
}

TEST_F(ElementHandleTest, TruncatesToALength) {
  Make({Bytes{"abcdef"}, Int{1234}});
  const auto handle = Handle();
  EXPECT_EQ(CodeOf(handle->Truncate(2)), 0);
  EXPECT_EQ(At(0), Value(Bytes{"ab"}));
  EXPECT_EQ(CodeOf(handle->Truncate(kMaxSlot + 2)), EFBIG);
  EXPECT_EQ(CodeOf(handle->Truncate(~std::uint64_t{0})), EFBIG);
  EXPECT_EQ(CodeOf(Handle({.index = 1})->Truncate(5)), 0) << "as long as it is";
  EXPECT_EQ(CodeOf(Handle({.index = 1})->Truncate(2)), 0);
  EXPECT_EQ(At(1), Value(Int{12}));
  EXPECT_EQ(CodeOf(Handle({.index = 1})->Truncate(7)), EINVAL) << "NULs are no int";
  EXPECT_EQ(At(1), Value(Int{12}));
}

TEST_F(ElementHandleTest, ACharacterCutByABufferWaitsForItsRest) {
  const std::string text = std::string(511, 'a') + "\xe2\x82\xac" + "z";
  Make({Str{std::string(600, 'o')}});
  for (const std::size_t cut : {512, 513}) {
    const auto handle = Handle({.empty = true});
    EXPECT_EQ(WriteTo(*handle, 0, "old"), 0);
    EXPECT_EQ(WriteTo(*handle, 0, text.substr(0, cut)), 0);
    EXPECT_EQ(At(0), Value(Str{std::string(511, 'a')})) << "half a character is held";
    EXPECT_EQ(WriteTo(*handle, cut, text.substr(cut)), 0);
    EXPECT_EQ(At(0), Value(Str{text}));
    EXPECT_EQ(CodeOf(handle->Close()), 0);
  }
  const auto handle = Handle();
  EXPECT_EQ(WriteTo(*handle, 0, std::string(300, 'a') + "\xe2\x82"), EILSEQ) << "no buffer's size";
  EXPECT_EQ(WriteTo(*Handle(), 0, "\xff" + std::string(600, 'a') + "\xe2\x82"), EILSEQ);
  EXPECT_EQ(At(0), Value(Str{text}));
}

TEST_F(ElementHandleTest, ACloseSaysWhereATextEndsWithinACharacter) {
  const std::string whole = std::string(600, 'a') + "\xe2\x82\xac";
  Make({Str{std::string(700, 'o')}});
  {
    const auto handle = Handle({.empty = true});
    EXPECT_EQ(WriteTo(*handle, 0, whole.substr(0, 601)), 0);
    EXPECT_EQ(CodeOf(handle->Close()), EILSEQ);
    EXPECT_EQ(CodeOf(handle->Sync(false)), EILSEQ);
    EXPECT_EQ(WriteTo(*handle, 601, whole.substr(601)), 0) << "another process goes on";
    EXPECT_EQ(CodeOf(handle->Close()), 0);
    EXPECT_EQ(At(0), Value(Str{whole}));
  }
  {
    const auto handle = Handle({.empty = true});
    EXPECT_EQ(WriteTo(*handle, 0, whole.substr(0, 601)), 0);
    EXPECT_EQ(CodeOf(handle->Truncate(0)), 0);
    EXPECT_EQ(CodeOf(handle->Close()), 0);
    EXPECT_EQ(WriteTo(*handle, 0, whole.substr(0, 601)), 0);
  }
  EXPECT_EQ(At(0), Value(Str{whole})) << "a refused value leaves the old one";
  EXPECT_EQ(WriteTo(*Handle({.empty = true, .reports = false}), 0, whole.substr(0, 601)), EILSEQ)
      << "nobody would ask at the close";
}

TEST_F(ElementHandleTest, WhatNoSlotHoldsIsRefusedBeforeItIsBuffered) {
  Make({Bytes{"abc"}});
  const std::string piece(kMaxSlot + 2, 'x');
  EXPECT_EQ(WriteTo(*Handle(), 0, piece), EFBIG);
  const auto handle = Handle({.empty = true});
  EXPECT_EQ(WriteTo(*handle, 0, "ab"), 0);
  EXPECT_EQ(WriteTo(*handle, 2, std::string_view(piece).substr(2)), EFBIG);
  EXPECT_EQ(At(0), Value(Bytes{"ab"}));
}

TEST_F(ElementHandleTest, LocksItsSlot) {
  Make({Int{5}, Str{"text"}});
  const auto first = Handle({.index = 0});
  EXPECT_EQ(CodeOf(first->Lock(LOCK_EX)), 0);
  EXPECT_EQ(CodeOf(first->Lock(LOCK_EX | LOCK_NB)), 0) << "has it already";
  EXPECT_EQ(CodeOf(Handle({.index = 0})->Lock(LOCK_EX | LOCK_NB)), EWOULDBLOCK);
  EXPECT_EQ(CodeOf(Handle({.index = 0})->Lock(LOCK_SH | LOCK_NB)), EWOULDBLOCK);
  EXPECT_EQ(CodeOf(Handle({.index = 1})->Lock(LOCK_EX | LOCK_NB)), 0);
  EXPECT_EQ(CodeOf(first->Lock(LOCK_SH)), 0);
  {
    const auto second = Handle({.index = 0});
    EXPECT_EQ(CodeOf(second->Lock(LOCK_SH | LOCK_NB)), 0);
    EXPECT_EQ(CodeOf(first->Lock(LOCK_EX | LOCK_NB)), EWOULDBLOCK);
  }
  EXPECT_EQ(CodeOf(first->Lock(LOCK_EX | LOCK_NB)), 0) << "the other was closed";
  EXPECT_EQ(CodeOf(first->Lock(LOCK_UN)), 0);
  EXPECT_EQ(CodeOf(Handle({.index = 0})->Lock(LOCK_EX | LOCK_NB)), 0);
}

TEST_F(ElementHandleTest, ATypedNameChangesTheType) {
  Make({Int{5}, Str{"text"}});
  {
    EXPECT_EQ(WriteTo(*Handle({.index = 0, .type = Type::kStr}), 0, "x"), 0);
  }
  EXPECT_EQ(At(0), Value(Str{"x"}));
  EXPECT_EQ(WriteTo(*Handle({.index = 1, .type = Type::kFloat, .empty = true}), 0, "x"), EINVAL);
  EXPECT_EQ(At(1), Value(Str{"text"}));
  {
    const auto touched = Handle({.index = 1, .type = Type::kNone, .empty = true});
  }
  EXPECT_EQ(At(1), Value(None{}));
}

TEST_F(ElementHandleTest, ADamagedElementIsAnErrorAndCanBeWritten) {
  Make({Int{5}, Int{6}});
  list_.PutFormat(0, "zz");
  Put("list", list_);
  const auto handle = Handle({.index = 0, .type = Type::kInt});
  EXPECT_EQ(ReadAll(*handle), "errno " + std::to_string(EIO));
  EXPECT_EQ(WriteTo(*Handle(), 0, "7"), EIO) << "its type is not known";
  EXPECT_EQ(WriteTo(*handle, 0, "7"), 0);
  EXPECT_EQ(At(0), Value(Int{7}));
  EXPECT_EQ(At(1), Value(Int{6}));
}

}  // namespace
}  // namespace shmount
