// SPDX-License-Identifier: Apache-2.0
#include "core/store/upgrade.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "core/backing/classify.h"
#include "core/store/create.h"
#include "tests/support/list_blocks.h"
#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

class UpgradeTest : public TempBacking {};

TEST_F(UpgradeTest, UpgradeKeepsAllButTheLayout) {
  std::mt19937_64 random(3);
  std::vector<Value> values(20000);
  std::ranges::generate(values, [&] { return RandomValue(random); });
  const ListBlock list = MakeList(values);
  const ListBlock old = ToV1(list);
  auto file = backing().Create("l", 0640);
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->Truncate(old.bytes.size()));
  EXPECT_TRUE(file->WriteAt(0, old.bytes));
  EXPECT_EQ(UpgradeList(backing(), "l", false).error().code, EBUSY);
  EXPECT_TRUE(UpgradeList(backing(), "l", true));
  EXPECT_EQ(Inspect(backing(), "l")->shape, list.shape);
  EXPECT_EQ(ModeOf("l"), 0640U);
  std::vector<std::byte> bytes(static_cast<std::size_t>(StatOf("l").st_size));
  EXPECT_TRUE(backing().Find("l")->Open(O_RDONLY)->ReadAt(0, bytes));
  EXPECT_EQ(bytes, list.bytes);
  EXPECT_EQ(UpgradeList(backing(), "l", false).error().code, EALREADY);
  EXPECT_EQ(Names(), std::vector<std::string>{"l"});

  ASSERT_TRUE(MakeBlock(backing(), "block", 4096, 0600));
  EXPECT_EQ(UpgradeList(backing(), "block", false).error().code, ESTALE);
  EXPECT_EQ(UpgradeList(backing(), "none", false).error().code, ENOENT);
}

}  // namespace
}  // namespace shmount
