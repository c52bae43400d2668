// SPDX-License-Identifier: Apache-2.0
#include "core/store/manager_lock.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

class ManagerLockTest : public TempBacking {};

TEST_F(ManagerLockTest, ManagersLiveAsLongAsTheirClaim) {
  EXPECT_FALSE(ManagerIsAlive(backing(), "a"));
  {
    const auto claim = ClaimManager(backing(), "a");
    ASSERT_TRUE(claim);
    EXPECT_TRUE(ManagerIsAlive(backing(), "a"));
    EXPECT_FALSE(ManagerIsAlive(backing(), "b"));
    EXPECT_EQ(ClaimManager(backing(), "a").error().code, EBUSY);
    EXPECT_TRUE(ClaimManager(backing(), "b"));
    const auto other = Directory::OpenBacking("/tmp");
    EXPECT_FALSE(ManagerIsAlive(*other, "a"));
  }
  EXPECT_FALSE(ManagerIsAlive(backing(), "a"));
  EXPECT_TRUE(ClaimManager(backing(), "a"));
  EXPECT_EQ(ClaimManager(backing(), "").error().code, EINVAL);
  EXPECT_TRUE(ClaimManager(backing(), std::string(kMaxManagerId, 'x')));
  EXPECT_EQ(ClaimManager(backing(), std::string(kMaxManagerId + 1, 'x')).error().code,
            ENAMETOOLONG);
}

}  // namespace
}  // namespace shmount
