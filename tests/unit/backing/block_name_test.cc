// SPDX-License-Identifier: Apache-2.0
#include "core/backing/block_name.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace shmount {
namespace {

TEST(BlockName, IsVisible) {
  struct Case {
    std::string_view name;
    bool visible;
    bool with_semaphores;
  };
  const Case cases[] = {
      {"psm_1", true, true},    {".hidden", true, true},      {"sem.a", false, true},
      {"sem.", false, true},    {"sem", true, true},          {"asem.b", true, true},
      {"\xff", true, true},     {".shmount-0", false, false}, {".shmount-", false, false},
      {".shmount", true, true},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(IsVisible(c.name, false), c.visible) << c.name;
    EXPECT_EQ(IsVisible(c.name, true), c.with_semaphores) << c.name;
  }
}

TEST(BlockName, IsWhatShmOpenTakes) {
  const std::pair<std::string, int> cases[] = {
      {"psm_1", 0},
      {".hidden", 0},
      {"...", 0},
      {"sem.a", 0},
      {"\xff\n", 0},
      {std::string(255, 'x'), 0},
      {"", EINVAL},
      {".", EINVAL},
      {"..", EINVAL},
      {"/a", EINVAL},
      {"a/b", EINVAL},
      {"a/", EINVAL},
      {std::string("a\0b", 3), EINVAL},
      {std::string(256, 'x'), ENAMETOOLONG},
      {std::string(256, '/'), EINVAL},
  };
  for (const auto& [name, code] : cases) {
    const auto checked = CheckBlockName(name);
    EXPECT_EQ(checked ? 0 : checked.error().code, code) << name;
  }
}

TEST(BlockName, NovelNamesArePythons) {
  std::set<std::string> names;
  for (int i = 0; i < 100; ++i) {
    const std::string name = NovelBlockName();
    EXPECT_TRUE(name.starts_with("psm_") && name.size() == 12) << name;
    EXPECT_EQ(name.find_first_not_of("0123456789abcdef", 4), std::string::npos) << name;
    names.insert(name);
  }
  EXPECT_GT(names.size(), 95U);
}

}  // namespace
}  // namespace shmount
