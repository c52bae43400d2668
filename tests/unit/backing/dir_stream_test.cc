// SPDX-License-Identifier: Apache-2.0
#include "core/backing/dir_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

class DirStreamTest : public TempBacking {};

TEST_F(DirStreamTest, AListingGoesOnWhereACookieSays) {
  constexpr int kNames = 1500;  // more than one buffer
  for (int i = 0; i < kNames; ++i) {
    ASSERT_TRUE(backing().Create(("name" + std::to_string(i)).c_str(), 0600));
  }
  auto stream = backing().List().value();
  std::map<std::string, int> seen;
  std::vector<std::pair<std::uint64_t, std::string>> after;  // a cookie, and the name behind it
  std::uint64_t cookie = 0;
  for (DirEntry entry; stream.Next(entry).value();) {
    ++seen[std::string(entry.name)];
    after.emplace_back(cookie, entry.name);
    cookie = entry.cookie;
  }
  EXPECT_EQ(seen.size(), kNames + 2U);
  EXPECT_TRUE(std::ranges::all_of(seen, [](const auto& each) { return each.second == 1; }));
  for (std::size_t i = 0; i < after.size(); i += 97) {
    ASSERT_TRUE(stream.Seek(after[i].first));
    DirEntry entry;
    ASSERT_TRUE(stream.Next(entry).value());
    EXPECT_EQ(entry.name, after[i].second);
  }
}

TEST_F(DirStreamTest, ListingsOfOneDirectoryAreApart) {
  Put("a", "");
  auto first = backing().List().value();
  auto second = backing().List().value();
  DirEntry entry;
  while (first.Next(entry).value()) {
  }
  EXPECT_TRUE(second.Next(entry).value());
}

TEST_F(DirStreamTest, AnErrorIsNotTheEnd) {
  Put("file", "");
  DirStream stream(UniqueFd(open(Path("file").c_str(), O_RDONLY)));
  DirEntry entry;
  EXPECT_EQ(CodeOf(stream.Next(entry)), ENOTDIR);
}

}  // namespace
}  // namespace shmount
