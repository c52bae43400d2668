// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/state.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdint>
#include <fstream>

#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

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

}  // namespace
}  // namespace shmount
