// SPDX-License-Identifier: Apache-2.0
#include "core/store/manager_lock.h"

#include <gtest/gtest.h>

#include <string>

#include "core/backing/act_as.h"
#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

class ManagerLockTest : public TempBacking {};

bool IsAlive(const Directory& backing, const std::string& id) {
  return ManagerIsAlive(backing, id, geteuid());
}

TEST_F(ManagerLockTest, ManagersLiveAsLongAsTheirClaim) {
  EXPECT_FALSE(IsAlive(backing(), "a"));
  {
    const auto claim = ClaimManager(area(), "a");
    ASSERT_TRUE(claim);
    EXPECT_TRUE(IsAlive(backing(), "a"));
    EXPECT_FALSE(IsAlive(backing(), "b"));
    EXPECT_EQ(ClaimManager(area(), "a").error().code, EBUSY);
    EXPECT_TRUE(ClaimManager(area(), "b"));
    const auto other = Directory::OpenBacking("/tmp");
    EXPECT_FALSE(IsAlive(*other, "a"));
  }
  EXPECT_FALSE(IsAlive(backing(), "a"));
  EXPECT_TRUE(ClaimManager(area(), "a"));
  EXPECT_EQ(ClaimManager(area(), "").error().code, EINVAL);
  EXPECT_TRUE(ClaimManager(area(), std::string(kMaxManagerId, 'x')));
  EXPECT_EQ(ClaimManager(area(), std::string(kMaxManagerId + 1, 'x')).error().code, ENAMETOOLONG);
}

TEST_F(ManagerLockTest, AnyIdIsOneName) {
  const auto claim = ClaimManager(area(), "../a%/.note");
  ASSERT_TRUE(claim);
  EXPECT_TRUE(IsAlive(backing(), "../a%/.note"));
  EXPECT_FALSE(IsAlive(backing(), "../a%s.note"));
}

TEST_F(ManagerLockTest, ALockLeftByAKilledOneIsTaken) {
  {
    const auto staging = area().Open().value();
    ASSERT_TRUE(staging.directory().Create("manager-a.lock", 0600));
  }
  EXPECT_FALSE(IsAlive(backing(), "a"));
  EXPECT_TRUE(ClaimManager(area(), "a"));
  EXPECT_TRUE(backing().Names()->empty());
}

TEST_F(ManagerLockTest, EachUserHasHisOwn) {
  if (geteuid() != 0) {
    GTEST_SKIP() << "acting as others takes root";
  }
  chmod(path().c_str(), 01777);
  const uid_t other = 1234;
  const auto as_other = [&](auto call) {
    const auto as = ActAs::User(other, other);
    EXPECT_TRUE(as);
    return call();
  };
  {
    const auto claim = as_other([&] { return ClaimManager(area(), "a"); });
    ASSERT_TRUE(claim);
    EXPECT_TRUE(ManagerIsAlive(backing(), "a", other));
    EXPECT_FALSE(ManagerIsAlive(backing(), "a", 0)) << "no block of root's is that manager's";
    EXPECT_TRUE(ClaimManager(area(), "a"));
  }
  const auto claim = ClaimManager(area(), "b");
  EXPECT_TRUE(ManagerIsAlive(backing(), "b", other));
  EXPECT_TRUE(
      as_other([&]() -> Result<bool> { return ManagerIsAlive(backing(), "c", other); }).value())
      << "it cannot look into root's";
}

}  // namespace
}  // namespace shmount
