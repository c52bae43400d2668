// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/created_elements.h"

#include <gtest/gtest.h>

namespace shmount {
namespace {

TEST(CreatedElements, ContainsANodeAsLongAsATokenLives) {
  CreatedElements created;
  EXPECT_FALSE(created.Contains(5));
  auto first = created.Add(5);
  auto second = created.Add(5);
  EXPECT_TRUE(created.Contains(5));
  EXPECT_FALSE(created.Contains(6));
  first.reset();
  EXPECT_TRUE(created.Contains(5));
  second.reset();
  EXPECT_FALSE(created.Contains(5));
}

}  // namespace
}  // namespace shmount
