// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/hidden_elements.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace shmount {
namespace {

TEST(HiddenElements, HidesOneElementOfOneList) {
  HiddenElements hidden;
  EXPECT_FALSE(hidden.IsHidden({1}, 0));
  hidden.Hide({1}, 1, 3);
  EXPECT_FALSE(hidden.IsHidden({1}, 0));
  EXPECT_TRUE(hidden.IsHidden({1}, 1));
  EXPECT_FALSE(hidden.IsHidden({1}, 2));
  EXPECT_FALSE(hidden.IsHidden({1}, 99));
  EXPECT_FALSE(hidden.IsHidden({2}, 1));
}

TEST(HiddenElements, AListThatHasTheNumberOfAnotherHasItsOwn) {
  HiddenElements hidden;
  hidden.Hide({.ino = 1, .birth = 5}, 0, 1);
  EXPECT_TRUE(hidden.AllHidden({.ino = 1, .birth = 5}, 1));
  EXPECT_FALSE(hidden.AllHidden({.ino = 1, .birth = 6}, 1));
  EXPECT_FALSE(hidden.AllHidden({.ino = 1, .device = 2, .birth = 5}, 1));
}

TEST(HiddenElements, AllAreHiddenOnlyWhenEachIs) {
  HiddenElements hidden;
  EXPECT_TRUE(hidden.AllHidden({1}, 0)) << "an empty list has nothing to hide";
  EXPECT_FALSE(hidden.AllHidden({1}, 2));
  hidden.Hide({1}, 0, 2);
  hidden.Hide({1}, 0, 2);
  EXPECT_FALSE(hidden.AllHidden({1}, 2)) << "twice the same is one";
  hidden.Hide({1}, 7, 2);
  EXPECT_FALSE(hidden.AllHidden({1}, 2)) << "past the end is none";
  hidden.Hide({1}, 1, 2);
  EXPECT_TRUE(hidden.AllHidden({1}, 2));
  EXPECT_FALSE(hidden.AllHidden({1}, 3)) << "the list became another";
}

TEST(HiddenElements, ShowTakesBackAndDropForgetsTheList) {
  HiddenElements hidden;
  hidden.Show({1}, 0);
  hidden.Hide({1}, 0, 2);
  hidden.Hide({1}, 1, 2);
  hidden.Show({1}, 0);
  hidden.Show({1}, 0);
  EXPECT_FALSE(hidden.IsHidden({1}, 0));
  EXPECT_TRUE(hidden.IsHidden({1}, 1));
  EXPECT_FALSE(hidden.AllHidden({1}, 2));
  hidden.Hide({1}, 0, 2);
  EXPECT_TRUE(hidden.AllHidden({1}, 2));
  hidden.Drop({1});
  EXPECT_FALSE(hidden.IsHidden({1}, 1));
  EXPECT_FALSE(hidden.AllHidden({1}, 2));
}

TEST(HiddenElements, ManyNewListsAreSuspects) {
  HiddenElements hidden;
  for (std::uint64_t ino = 1; ino < 64; ++ino) {
    hidden.Hide({ino}, 0, 2);
    hidden.Hide({ino}, 1, 2);
    EXPECT_TRUE(hidden.TakeSuspects().empty()) << ino;
  }
  hidden.Hide({64}, 0, 2);
  EXPECT_EQ(hidden.TakeSuspects().size(), 64U);
  EXPECT_TRUE(hidden.TakeSuspects().empty()) << "asked a moment ago";
}

TEST(HiddenElements, AListOfAnotherLengthCanBeEmptiedToo) {
  for (const std::uint64_t count : {1, 2, 5}) {
    HiddenElements hidden;
    for (std::uint64_t i = 0; i < 3; ++i) {
      hidden.Hide({1}, i, 4);
    }
    for (std::uint64_t i = 0; i < count; ++i) {  // a program wrote another list into the block
      EXPECT_FALSE(hidden.AllHidden({1}, count));
      hidden.Hide({1}, i, count);
    }
    EXPECT_TRUE(hidden.AllHidden({1}, count)) << count;
  }
}

}  // namespace
}  // namespace shmount
