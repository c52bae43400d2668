// SPDX-License-Identifier: Apache-2.0
#include "core/store/create.h"

#include <gtest/gtest.h>

#include <string>

#include "core/backing/classify.h"
#include "core/list/build.h"
#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

class CreateTest : public TempBacking {};

TEST_F(CreateTest, NovelNamesAndListsAppearWhole) {
  const auto name = MakeNovelBlock(backing(), 100, 0640);
  ASSERT_TRUE(name);
  EXPECT_EQ(name->size(), 12U);
  EXPECT_TRUE(name->starts_with("psm_"));
  EXPECT_EQ(StatOf(*name).st_size, 100);
  EXPECT_EQ(ModeOf(*name), 0640U);
  ListBuilder builder;
  EXPECT_TRUE(builder.Add(Str{"x"}));
  EXPECT_TRUE(MakeList(backing(), "l", builder, 0600));
  EXPECT_EQ(CodeOf(MakeList(backing(), "l", builder, 0600)), EEXIST);
  EXPECT_EQ(Inspect(backing(), "l")->kind, Kind::kList);
}

}  // namespace
}  // namespace shmount
