// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/list_text_handle.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <random>

#include "core/backing/block_file.h"
#include "core/list/assign.h"
#include "core/value/text_format.h"
#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

using Int = std::int64_t;

class ListTextTest : public TempBacking {
 protected:
  void Make(const std::vector<Value>& values) {
    list_ = MakeList(values);
    Put("list", list_);
    values_.clear();
    format_.clear();
    for (std::uint64_t i = 0; i < values.size(); ++i) {
      AppendValuesLine(values_, i, values[i]);
      format_ += list_.FormatOf(i);
    }
    format_ += '\n';
  }
  std::unique_ptr<FileHandle> Values() const {
    return MakeValuesHandle(std::make_shared<BlockFile>(Open("list", O_RDONLY)), list_.shape);
  }
  std::unique_ptr<FileHandle> Format() const {
    return MakeFormatHandle(std::make_shared<BlockFile>(Open("list", O_RDONLY)), list_.shape);
  }

  ListBlock list_;
  std::string values_;
  std::string format_;
};

std::vector<Value> RandomValues(std::size_t count) {
  std::mt19937_64 random(count);
  std::vector<Value> values;
  while (values.size() < count) {
    values.push_back(RandomValue(random));
  }
  return values;
}

TEST_F(ListTextTest, PiecesOfAnySizeGiveTheWhole) {
  for (const std::size_t count : {1, 2, 10, 300}) {
    Make(RandomValues(count));
    for (const std::size_t piece : {1, 2, 3, 7, 8, 9, 100, 4096, 1 << 20}) {
      EXPECT_EQ(ReadAll(*Values(), piece), values_) << count << " in pieces of " << piece;
      EXPECT_EQ(ReadAll(*Format(), piece), format_) << count << " in pieces of " << piece;
    }
  }
}

TEST_F(ListTextTest, LongTextsToo) {
  std::string umlauts(1, 'x');
  for (int i = 0; i < 60'000; ++i) {
    umlauts += i % 1000 == 0 ? "\xc2\x85\t" : "\xc3\xa4";
  }
  for (const bool v1 : {false, true}) {
    Make({Bytes{umlauts}, Int{1}, Str{umlauts}, Str{umlauts + "\xff"},
          Str{std::string(20'000, 'y')}, Str{std::string(70'000, '\n')}});
    if (v1) {
      list_ = ToV1(list_);
      Put("list", list_);
    }
    for (const std::size_t piece : {1000, 16384, 1 << 20}) {
      EXPECT_EQ(ReadAll(*Values(), piece), values_) << "in pieces of " << piece;
    }
  }
}

TEST_F(ListTextTest, AnEmptyListHasNoValuesAndAnEmptyFormat) {
  Make({});
  Put("list", std::string(16, '\0'));
  list_.shape = {};
  EXPECT_EQ(ReadAll(*Values()), "");
  EXPECT_EQ(ReadAll(*Format()), "\n");
}

TEST_F(ListTextTest, ReadsAnywhereInAnyOrder) {
  Make(RandomValues(200));
  const auto values = Values();
  const auto format = Format();
  std::mt19937_64 random(1);
  for (int i = 0; i < 300; ++i) {
    const std::uint64_t at = random() % (values_.size() + 50);
    const std::size_t size = random() % 300;
    for (const auto& [handle, whole] :
         {std::pair(values.get(), values_), std::pair(format.get(), format_)}) {
      std::string text(size, '?');
      const auto n = handle->Read(at, std::as_writable_bytes(std::span(text)));
      ASSERT_TRUE(n);
      text.resize(*n);
      EXPECT_EQ(text, at < whole.size() ? whole.substr(at, size) : "") << at << "+" << size;
    }
  }
}

TEST_F(ListTextTest, SeekingBackReadsTheListAsItIsThen) {
  Make({Int{1}, Int{2}});
  const auto values = Values();
  EXPECT_EQ(ReadAll(*values, 3), "0\tint\t1\n1\tint\t2\n");
  BlockFile file = Open("list");
  ASSERT_TRUE(AssignElement(file, list_.shape, 1, Int{7}));
  EXPECT_EQ(ReadAll(*values, 3), "0\tint\t1\n1\tint\t7\n");
}

TEST_F(ListTextTest, AtTheEndThereIsNothing) {
  Make({Int{1}});
  const auto values = Values();
  std::array<std::byte, 8> buffer;
  EXPECT_EQ(values->Read(values_.size(), buffer).value(), 0U);
  EXPECT_EQ(values->Read(std::uint64_t{1} << 40, buffer).value(), 0U);
  EXPECT_EQ(values->Read(0, {}).value(), 0U);
}

TEST_F(ListTextTest, ADamagedElementSaysSoAndTheOthersAreThere) {
  Make({Int{1}, Int{2}, Int{3}});
  list_.PutFormat(1, "zz");
  Put("list", list_);
  EXPECT_EQ(ReadAll(*Values()), "0\tint\t1\n1\tdamaged\t\n2\tint\t3\n");
}

TEST_F(ListTextTest, AreNotWritten) {
  Make({Int{1}});
  for (const auto& handle : {Values(), Format()}) {
    EXPECT_EQ(WriteTo(*handle, 0, "x"), EPERM);
    EXPECT_EQ(CodeOf(handle->Truncate(0)), EPERM);
    EXPECT_FALSE(handle->PassthroughFd());
  }
}

}  // namespace
}  // namespace shmount
