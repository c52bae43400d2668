// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/attributes.h"

#include <gtest/gtest.h>

namespace shmount {
namespace {

TEST(Attributes, ModesOfListsAndElements) {
  struct Case {
    mode_t block;
    mode_t list;
    mode_t element;
  };
  const Case cases[] = {{0600, 0500, 0600}, {0640, 0550, 0640}, {0644, 0555, 0644},
                        {0400, 0500, 0400}, {0200, 0000, 0200}, {0777, 0555, 0666},
                        {0000, 0000, 0000}, {06711, 0500, 0600}};
  for (const Case& c : cases) {
    struct stat st = {};
    st.st_mode = S_IFREG | c.block;
    st.st_uid = 12;
    st.st_nlink = 1;
    st.st_size = 99;
    const auto list = ListAttr(st, 77);
    EXPECT_EQ(list.st_mode, S_IFDIR | c.list) << std::oct << c.block;
    EXPECT_EQ(list.st_nlink, 2U);
    EXPECT_EQ(list.st_ino, 77U);
    EXPECT_EQ(list.st_uid, 12U);
    EXPECT_EQ(list.st_size, 0);
    const auto element = ElementAttr(st, 78, 513);
    EXPECT_EQ(element.st_mode, S_IFREG | c.element) << std::oct << c.block;
    EXPECT_EQ(element.st_ino, 78U);
    EXPECT_EQ(element.st_size, 513);
    EXPECT_EQ(element.st_blocks, 2);
  }
}

TEST(Attributes, BlockModeFromList) {
  struct Case {
    mode_t block;
    mode_t list;
    mode_t expected;
  };
  const Case cases[] = {{0600, 0500, 0600}, {0600, 0550, 0640}, {0660, 0500, 0600},
                        {0400, 0555, 0444}, {0666, 0555, 0666}, {0666, 0000, 0000},
                        {0600, 0111, 0000}, {0600, 0444, 0644}};
  for (const Case& c : cases) {
    EXPECT_EQ(BlockModeFromList(c.block, c.list), c.expected) << std::oct << c.block << c.list;
  }
}

}  // namespace
}  // namespace shmount
