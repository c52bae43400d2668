// SPDX-License-Identifier: Apache-2.0
#include "core/backing/watch.h"

#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

class WatchTest : public TempBacking {
 protected:
  using Names = std::map<std::string, bool>;

  void SetUp() override {
    TempBacking::SetUp();
    if (IsSkipped()) {
      return;
    }
    auto watch = Watch::Open(path());
    if (!watch) {
      GTEST_SKIP() << "no inotify watch left: " << std::strerror(watch.error().code);
    }
    watch_.emplace(*std::move(watch));
  }

  // The names of the events so far, and whether each was created, removed or renamed.
  Names Seen() {
    Put("end", "");
    EXPECT_TRUE(backing().Unlink("end"));
    Names seen;
    // Names and writes have separate queues.
    for (bool named = false, written = false; !named || !written;) {
      const auto events = watch_->Wait().value();
      for (const Event& event : events.events) {
        seen[event.name] |= event.renamed;
        named |= event.name == "end" && event.renamed;
        written |= event.name == "end" && event.closes > 0;
      }
      gone_ |= events.gone;
    }
    seen.erase("end");
    return seen;
  }

  std::optional<Watch> watch_;
  bool gone_ = false;
};

TEST_F(WatchTest, OpensADirectory) {
  Put("file", "");
  EXPECT_EQ(CodeOf(Watch::Open(Path("absent"))), ENOENT);
  EXPECT_EQ(CodeOf(Watch::Open(Path("file"))), ENOTDIR);
}

TEST_F(WatchTest, TellsOfNamesAndOfContent) {
  EXPECT_EQ(Seen(), Names());
  Put("a", "text");
  EXPECT_EQ(Seen(), (Names{{"a", true}}));
  BlockFile file = Open("a");
  ASSERT_TRUE(file.WriteAt(0, BytesOf("x")));
  EXPECT_EQ(Seen(), (Names{{"a", false}}));
  ASSERT_TRUE(file.Truncate(0));
  EXPECT_EQ(Seen(), (Names{{"a", false}}));
  chmod(Path("a").c_str(), 0640);
  EXPECT_EQ(Seen(), (Names{{"a", false}}));
  ASSERT_TRUE(backing().Rename("a", backing(), "b", 0));
  EXPECT_EQ(Seen(), (Names{{"a", true}, {"b", true}}));
  ASSERT_TRUE(backing().Unlink("b"));
  EXPECT_TRUE(Seen().at("b"));
  EXPECT_FALSE(gone_);
}

TEST_F(WatchTest, TellsOfTheDirectorysOwnAttributes) {
  Put("a", "text");
  EXPECT_FALSE(watch_->Wait().value().attributes);
  chmod(path().c_str(), 0755);
  for (;;) {
    const auto events = watch_->Wait().value();
    if (events.attributes) {
      EXPECT_TRUE(events.itself);
      break;
    }
  }
}

TEST_F(WatchTest, ManyWritesGiveANameOnce) {
  Put("a", "text");
  Seen();
  BlockFile file = Open("a");
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(file.WriteAt(i % 4, BytesOf("x")));
    chmod(Path("a").c_str(), i % 2 == 0 ? 0640 : 0600);
  }
  EXPECT_EQ(Seen().size(), 1U);
}

TEST_F(WatchTest, AStreamOfWritesIsGatheredAndNamesAreNot) {
  Put("a", "text");
  Seen();
  BlockFile file = Open("a");
  const auto writes = [&] { return file.WriteAt(0, BytesOf("x")).has_value(); };
  // In a stream of writes, a wait can end before the last writes, which come later.
  for (bool gathered = false; !gathered;) {
    ASSERT_TRUE(writes());
    gathered = watch_->Wait()->events.empty();
  }
  ASSERT_TRUE(writes());
  Put("b", "");
  EXPECT_EQ(Seen(), (Names{{"a", false}, {"b", true}}));
}

TEST_F(WatchTest, TellsOfItself) {
  chmod(path().c_str(), 0750);
  EXPECT_TRUE(watch_->Wait()->itself);
  Put("a", "text");
  EXPECT_TRUE(watch_->Wait()->itself) << "its times change with each name";
  ASSERT_TRUE(Open("a").Truncate(0));
  EXPECT_FALSE(watch_->Wait()->itself);
}

TEST_F(WatchTest, SaysWhenTheDirectoryIsGone) {
  mkdir(Path("dir").c_str(), 0700);
  auto watch = Watch::Open(Path("dir")).value();
  ASSERT_TRUE(backing().RemoveDirectory("dir"));
  bool gone = false;
  while (!gone) {
    gone = watch.Wait()->gone;
  }
}

TEST_F(WatchTest, StopEndsTheWait) {
  const std::jthread other([&] { watch_->Stop(); });
  EXPECT_EQ(CodeOf(watch_->Wait()), ECANCELED);
  EXPECT_EQ(CodeOf(watch_->Wait()), ECANCELED) << "and each one after it";
}

}  // namespace
}  // namespace shmount
