// SPDX-License-Identifier: Apache-2.0
#include "fs/ops/user_shares.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

namespace shmount {
namespace {

constexpr uid_t kAnn = 40001;
constexpr uid_t kBob = 40002;

class UserSharesTest : public testing::Test {
 protected:
  /// Takes as many as the user may have.
  std::vector<UserShares::Share> TakeAll(uid_t user) {
    std::vector<UserShares::Share> all;
    for (;;) {
      auto share = shares_.Take(user, EMFILE);
      if (!share || all.size() > 1000) {
        EXPECT_TRUE(share || share.error().code == EMFILE);
        return all;
      }
      all.push_back(*std::move(share));
    }
  }
  UserShares shares_{100};
};

TEST_F(UserSharesTest, EachHasHalfOfWhatTheOthersLeave) {
  const auto first = TakeAll(kAnn);
  EXPECT_EQ(first.size(), 50U);
  {
    const auto second = TakeAll(kBob);
    EXPECT_EQ(second.size(), 25U);
    EXPECT_FALSE(shares_.Take(kAnn, EMFILE));
  }
  EXPECT_EQ(TakeAll(kBob).size(), 25U) << "what ended is given back";
}

TEST_F(UserSharesTest, WhatIsMovedIsGivenBackOnce) {
  auto all = TakeAll(kAnn);
  all.erase(all.begin(), all.begin() + 10);
  EXPECT_EQ(TakeAll(kAnn).size(), 10U);
}

TEST_F(UserSharesTest, RootAndTheDaemonsUserMayHaveAll) {
  EXPECT_GT(TakeAll(0).size(), 1000U);
  const auto own = TakeAll(geteuid());
  EXPECT_GT(own.size(), 1000U);
  EXPECT_EQ(TakeAll(kAnn).size(), 0U);
}

}  // namespace
}  // namespace shmount
