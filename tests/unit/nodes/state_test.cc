// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdint>
#include <fstream>

#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class VolumeStateTest : public TempBacking {};

TEST_F(VolumeStateTest, WhatIsHiddenInListsThatAreGoneIsForgotten) {
  VolumeOptions options;
  options.backing = path();
  VolumeState state{.options = options, .backing = Directory::OpenBacking(path()).value()};
  std::ofstream(path() + "/there") << "a block";
  struct stat there;
  ASSERT_EQ(stat((path() + "/there").c_str(), &there), 0);
  state.hidden.Hide({there.st_ino}, 0, 1);
  // Numbers that nothing in the backing has: lists that were unlinked in it.
  const std::uint64_t gone = there.st_ino + 1'000'000;
  for (std::uint64_t ino = gone; ino < gone + 1000; ++ino) {
    state.hidden.Hide({ino}, 0, 1);
    state.DropGoneLists();
  }
  EXPECT_TRUE(state.hidden.IsHidden({there.st_ino}, 0));
  std::uint64_t kept = 0;
  for (std::uint64_t ino = gone; ino < gone + 1000; ++ino) {
    kept += state.hidden.IsHidden({ino}, 0) ? 1 : 0;
  }
  EXPECT_LT(kept, 64U);
}

TEST_F(VolumeStateTest, OpenByNameMeansTheNamesOfOneDirectory) {
  VolumeState state{.options = {}, .backing = Directory::OpenBacking(path()).value()};
  const auto file = std::make_shared<BlockFile>(UniqueFd());
  state.nodes.Remember({7}, {7, 0, "a"}, {});
  state.nodes.Remember({8}, {8, 3, "a"}, {});  // in a draft
  state.nodes.Remember({9}, {9, 0, "a"}, {});  // not open
  state.open_blocks.Add(7, file);
  state.open_blocks.Add(8, file);
  EXPECT_THAT(state.OpenBy(0, "a"), ElementsAre(7));
  EXPECT_THAT(state.OpenBy(0, "b"), IsEmpty());
  state.nodes.Move(7, 0, "b");
  EXPECT_THAT(state.OpenBy(0, "b"), ElementsAre(7));
}

}  // namespace
}  // namespace shmount
