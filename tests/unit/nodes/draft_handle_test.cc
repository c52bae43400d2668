// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/draft_handle.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>

#include "core/backing/xattr_names.h"
#include "core/list/layout.h"
#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

using namespace std::string_literals;

class DraftFileTest : public TempBacking {
 protected:
  BlockFile Holding(const std::string& text) const {
    Put("file", text);
    return Open("file");
  }
  std::unique_ptr<FileHandle> Handle(std::string name) {
    return MakeDraftHandle(
        std::make_shared<BlockFile>(Open("file")),
        {std::move(name), [this] { return is_sealed_ ? Fail(ESTALE, "sealed") : Status{}; },
         /*kept=*/nullptr});
  }
  bool is_sealed_ = false;
};

TEST_F(DraftFileTest, CheckDraftWrite) {
  struct Case {
    std::string name;
    std::string before;
    std::uint64_t offset;
    std::string piece;
    int code;
  };
  const Case cases[] = {
      // The whole text of a number is checked, as it will be.
      {"0.int", "", 0, "42\n", 0},
      {"0.int", "", 0, "", EINVAL},
      {"0.int", "4", 1, "2\n", 0},
      {"0.int", "4", 1, "x", EINVAL},
      {"0.int", "4x", 1, "2", 0},
      {"0.int", "42", 0, "x", EINVAL},
      {"0.int", "", 2, "42", EINVAL},
      {"0.int", "", 0, "9223372036854775807", 0},
      {"0.int", "", 0, "9223372036854775808", ERANGE},
      {"0.int", "922337203685477580", 18, "8", ERANGE},
      {"0.int", "", 0, std::string(4096, '0'), 0},
      {"0.int", "", 0, std::string(4097, '0'), EINVAL},
      {"0.int", "", ~std::uint64_t{0}, "1", EFBIG},
      {"0.float", "", 0, "1e308", 0},
      {"0.float", "", 0, "1e309", ERANGE},
      {"0.bool", "", 0, "True\n", 0},
      {"0.bool", "", 0, "yes", EINVAL},
      {"0.none", "", 0, "\n", 0},
      {"0.none", "", 0, "x", EINVAL},
      // Text comes in pieces.
      {"0.str", "", 0, "\xe2\x82\xac", 0},
      {"0.str", "", 0, "ab\xe2\x82", 0},
      {"0.str", "ab\xe2\x82", 4, "\xac.", 0},
      {"0.str", "ab\xf0", 3, "\x9f\x98\x80", 0},
      {"0.str", "", 0, "ab\xe2\x82\n", 0},
      {"0.str", "", 0, "ab\xe2\x82\n\n", EILSEQ},
      {"0.str", "", 0, "\x82\xac", EILSEQ},
      {"0.str", "", 0, "a\xe2\x82z", EILSEQ},
      {"0.str", "", 0, "\xff", EILSEQ},
      {"0.str", "abc", 3, "\x80\x80\x80\x80", EILSEQ},
      {"0.str", "abc", 3, "\xc0\xaf", EILSEQ},
      {"0.str", "", 0, "a\0b"s, EINVAL},
      {"0.str", "", 0, "", 0},
      {"0.str", "", kMaxText, "\n", 0},
      {"0.str", "", kMaxText, "ab", EFBIG},
      {"0.str", "", kMaxText + 1, "", 0},
      {"0.str", "", kMaxText + 2, "", EFBIG},
      {"0.bytes", "", 0, "\0\xff"s, 0},
      {"0.bytes", "", kMaxText - 1, "a", 0},
      {"0.bytes", "", kMaxText, "a", EFBIG},
      {"0.bytes", "", ~std::uint64_t{0}, "a", EFBIG},
      // Files that are no element's are not checked until the draft is sealed.
      {".0.int.Xf3a", "", 0, "\0\xff"s, 0},
      {"0", "", 0, "x", 0},
      {"note", "", 1ULL << 40, "x", 0},
  };
  for (const Case& c : cases) {
    const BlockFile file = Holding(c.before);
    EXPECT_EQ(CodeOf(CheckDraftWrite(c.name, file, c.offset, c.piece)), c.code)
        << c.name << " '" << c.before << "' @" << c.offset << " '" << c.piece.substr(0, 20) << "'";
    EXPECT_EQ(Get("file"), c.before);
  }
}

TEST_F(DraftFileTest, AnyCutOfATextIsTaken) {
  const std::string text = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Put("file", "");
    const auto handle = Handle("0.str");
    EXPECT_EQ(WriteTo(*handle, 0, text.substr(0, cut)), 0) << cut;
    EXPECT_EQ(WriteTo(*handle, cut, text.substr(cut)), 0) << cut;
    EXPECT_EQ(ReadAll(*handle), text);
  }
}

TEST_F(DraftFileTest, ARefusedWriteLeavesTheFile) {
  Put("file", "42");
  const auto handle = Handle("0.int");
  EXPECT_EQ(WriteTo(*handle, 2, "99999999999999999999"), ERANGE);
  EXPECT_EQ(WriteTo(*handle, 0, "1"), ERANGE) << "what follows is another text";
  EXPECT_EQ(CodeOf(handle->Truncate(1)), ERANGE);
  EXPECT_EQ(Get("file"), "42");
  EXPECT_TRUE(Find("file").HasXattr(kRefusedXattr).value());
  EXPECT_EQ(CodeOf(handle->Truncate(0)), 0);
  EXPECT_FALSE(Find("file").HasXattr(kRefusedXattr).value());
  EXPECT_EQ(WriteTo(*handle, 0, "7"), 0);
  EXPECT_EQ(WriteTo(*handle, 0, "x"), EINVAL);
  EXPECT_TRUE(Find("file").HasXattr(kRefusedXattr).value());
  EXPECT_EQ(WriteTo(*Handle("0.int"), 0, "7"), 0);
  EXPECT_FALSE(Find("file").HasXattr(kRefusedXattr).value());
  EXPECT_EQ(Get("file"), "7");
  EXPECT_FALSE(handle->PassthroughFd()) << "its I/O must pass the checks";
}

TEST_F(DraftFileTest, AppendingIsCheckedAtTheEnd) {
  Put("file", "4");
  const auto handle = Handle("0.int");
  EXPECT_EQ(AppendTo(*handle, "2"), 0);
  EXPECT_EQ(AppendTo(*handle, "x"), EINVAL);
  EXPECT_EQ(Get("file"), "42");
}

TEST_F(DraftFileTest, WritingAfterTheSealIsStale) {
  Put("file", "4");
  const auto handle = Handle("0.int");
  is_sealed_ = true;
  EXPECT_EQ(WriteTo(*handle, 1, "2"), ESTALE);
  EXPECT_EQ(AppendTo(*handle, "2"), ESTALE);
  EXPECT_EQ(CodeOf(handle->Truncate(0)), ESTALE);
}

}  // namespace
}  // namespace shmount
