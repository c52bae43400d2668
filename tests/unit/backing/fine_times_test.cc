// SPDX-License-Identifier: Apache-2.0
#include "core/backing/fine_times.h"

#include <gtest/gtest.h>

#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

class FineTimesTest : public TempBacking {};

TEST_F(FineTimesTest, EachChangeThenShowsByTheChangeTime) {
  if (!HasFineTimes(backing())) {
    GTEST_SKIP() << "this tmpfs has none";
  }
  const auto file = backing().Create("a", 0600).value();
  auto before = file.Stat().value();
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(file.Write(0, BytesOf("x")).value(), 1U);
    const auto after = backing().StatOf("a").value();
    ASSERT_FALSE(before.st_ctim.tv_sec == after.st_ctim.tv_sec &&
                 before.st_ctim.tv_nsec == after.st_ctim.tv_nsec)
        << i;
    before = after;
  }
}

TEST_F(FineTimesTest, OnlyOfATmpfs) {
  EXPECT_FALSE(HasFineTimes(Directory::OpenBacking("/proc").value()));
}

}  // namespace
}  // namespace shmount
