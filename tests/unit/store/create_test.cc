// SPDX-License-Identifier: Apache-2.0
#include "core/store/create.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <span>
#include <string>

#include "core/backing/classify.h"
#include "core/list/build.h"
#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

class CreateTest : public TempBacking {};

TEST_F(CreateTest, NovelNamesAndListsAppearWhole) {
  const auto novel = MakeNovelBlock(backing(), 100, 0640);
  ASSERT_TRUE(novel);
  EXPECT_EQ(novel->name.size(), 12U);
  EXPECT_TRUE(novel->name.starts_with("psm_"));
  EXPECT_EQ(StatOf(novel->name).st_size, 100);
  EXPECT_EQ(ModeOf(novel->name), 0640U);
  ListBuilder builder;
  EXPECT_TRUE(builder.Add(Str{"x"}));
  EXPECT_TRUE(MakeList(backing(), "l", builder, 0600));
  EXPECT_EQ(CodeOf(MakeList(backing(), "l", builder, 0600)), EEXIST);
  EXPECT_EQ(Inspect(backing(), "l")->kind, Kind::kList);
}

TEST_F(CreateTest, ReturnsWhatItMadeAndNotWhatTheNameStandsForByNow) {
  auto made = MakeBlock(backing(), "n", 8, 0);
  ASSERT_TRUE(made);
  ASSERT_TRUE(backing().Unlink("n"));
  ASSERT_TRUE(MakeBlock(backing(), "n", 16, 0600));
  EXPECT_EQ(made->Stat()->st_size, 8);
  EXPECT_TRUE(made->WriteAt(0, std::as_bytes(std::span("8 bytes"))));
}

}  // namespace
}  // namespace shmount
