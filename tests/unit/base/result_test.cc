// SPDX-License-Identifier: Apache-2.0
#include "core/base/result.h"

#include <gtest/gtest.h>

namespace shmount {
namespace {

TEST(Result, FailCarriesCodeAndPlace) {
  const Result<int> result = Fail(ENOENT, "open");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ENOENT);
  EXPECT_EQ(result.error().where, "open");
}

TEST(Result, FailErrnoTakesTheErrnoOfTheCall) {
  errno = EACCES;
  const Status status = FailErrno("stat");
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, EACCES);
}

}  // namespace
}  // namespace shmount
