// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/second_looks.h"

#include <gtest/gtest.h>

#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

constexpr pid_t kThread = 7;
constexpr pid_t kOther = 8;

class SecondLooksTest : public TempBacking {};

std::optional<Inode> Held(const SecondLooks& looks, pid_t thread, ino_t ino) {
  return looks.Find(thread, [ino](const Inode& each) { return each.stat().st_ino == ino; });
}

TEST_F(SecondLooksTest, HoldsWhatAThreadLooksUpUntilItsCallIsRepeated) {
  Put("a", "text");
  const auto inode = backing().Find("a").value();
  const auto ino = inode.stat().st_ino;
  SecondLooks looks;
  looks.Hold(kThread, inode);
  EXPECT_FALSE(looks.IsLooking(kThread)) << "it was not answered ESTALE";
  looks.Begin(kThread, std::nullopt);
  EXPECT_TRUE(looks.IsLooking(kThread));
  EXPECT_FALSE(looks.HasLooked(kThread));
  looks.Hold(kOther, inode);
  looks.Hold(kThread, inode);
  EXPECT_TRUE(looks.HasLooked(kThread));
  ASSERT_TRUE(backing().Unlink("a"));
  const auto held = Held(looks, kThread, ino);
  ASSERT_TRUE(held);
  EXPECT_TRUE(held->Open(O_RDONLY));
  EXPECT_FALSE(Held(looks, kThread, ino + 1));
  EXPECT_FALSE(Held(looks, kOther, ino));
  looks.Miss(kThread);
  EXPECT_FALSE(looks.HasLooked(kThread));
  EXPECT_FALSE(Held(looks, kThread, ino));
  looks.Hold(kThread, inode);
  EXPECT_TRUE(looks.HasLooked(kThread));
  EXPECT_TRUE(looks.any());
  looks.End(kThread);
  EXPECT_FALSE(looks.any());
  EXPECT_FALSE(looks.IsLooking(kThread));
  EXPECT_FALSE(Held(looks, kThread, ino));
}

TEST_F(SecondLooksTest, AnOpenThatIsRepeatedWithoutALookComesByAnOpenFile) {
  Put("a", "text");
  const NodeId a = NodeId::Block(1);
  SecondLooks looks;
  EXPECT_FALSE(looks.IsRepeated(kThread, a));
  looks.Begin(kThread, a);
  EXPECT_TRUE(looks.IsRepeated(kThread, a));
  EXPECT_FALSE(looks.IsRepeated(kThread, NodeId::Block(2)));
  looks.Hold(kThread, backing().Find("a").value());
  EXPECT_FALSE(looks.IsRepeated(kThread, a));
}

TEST_F(SecondLooksTest, AThreadWithoutANumberIsNone) {
  SecondLooks looks;
  looks.Begin(0, std::nullopt);
  EXPECT_FALSE(looks.IsLooking(0));
}

}  // namespace
}  // namespace shmount
