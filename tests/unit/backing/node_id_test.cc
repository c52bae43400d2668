// SPDX-License-Identifier: Apache-2.0
#include "core/backing/node_id.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

namespace shmount {
namespace {

constexpr std::uint64_t kInos[] = {1, 2, 12345, NodeId::kMaxIno};
constexpr std::uint64_t kIndices[] = {0, 1, 9999, NodeId::kMaxCount - 1};

std::vector<std::optional<Type>> AllTypes() {
  return {std::nullopt, Type::kInt,   Type::kFloat, Type::kBool,
          Type::kStr,   Type::kBytes, Type::kNone};
}

TEST(NodeId, RootIsADirectoryOfNoInode) {
  EXPECT_EQ(NodeId::Root().raw(), 1U);  // FUSE_ROOT_ID
  EXPECT_TRUE(NodeId::Root().is_root());
  EXPECT_EQ(NodeId::Root().role(), Role::kDirectory);
  EXPECT_EQ(NodeId::Root().ino(), 0U);
}

TEST(NodeId, GivesBackWhatItWasMadeOf) {
  for (const std::uint64_t ino : kInos) {
    const std::pair<NodeId, Role> nodes[] = {
        {NodeId::Block(ino), Role::kBlock},   {NodeId::Directory(ino), Role::kDirectory},
        {NodeId::Format(ino), Role::kFormat}, {NodeId::Values(ino), Role::kValues},
        {NodeId::Link(ino), Role::kLink},
    };
    for (const auto& [id, role] : nodes) {
      EXPECT_EQ(id.role(), role) << ino;
      EXPECT_EQ(id.ino(), ino);
      EXPECT_FALSE(id.is_root());
      EXPECT_EQ(NodeId(id.raw()), id);
    }
    for (const std::uint64_t index : kIndices) {
      for (const auto type : AllTypes()) {
        const NodeId id = NodeId::Element(ino, index, type);
        EXPECT_EQ(id.role(), Role::kElement);
        EXPECT_EQ(id.ino(), ino);
        EXPECT_EQ(id.index(), index);
        EXPECT_EQ(id.type(), type);
      }
    }
  }
}

TEST(NodeId, NoTwoNodesShareAnId) {
  std::set<std::uint64_t> seen = {0, NodeId::Root().raw()};  // 0 is no node to FUSE
  std::size_t made = 2;
  const auto add = [&](NodeId id) {
    seen.insert(id.raw());
    ++made;
  };
  for (const std::uint64_t ino : kInos) {
    add(NodeId::Block(ino));
    add(NodeId::Directory(ino));
    add(NodeId::Format(ino));
    add(NodeId::Values(ino));
    add(NodeId::Link(ino));
    for (const std::uint64_t index : kIndices) {
      for (const auto type : AllTypes()) {
        add(NodeId::Element(ino, index, type));
      }
    }
  }
  EXPECT_EQ(seen.size(), made);
}

}  // namespace
}  // namespace shmount
