// SPDX-License-Identifier: Apache-2.0
#include "core/store/seal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mount.h>

#include <cstdint>
#include <map>
#include <thread>

#include "core/backing/block_file.h"
#include "core/backing/classify.h"
#include "core/backing/xattr_names.h"
#include "core/list/layout.h"
#include "core/list/read.h"
#include "core/store/draft.h"
#include "core/store/staging.h"
#include "core/store/swap.h"
#include "tests/unit/temp_backing.h"

namespace shmount {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using Files = std::map<std::string, std::string>;
using Int = std::int64_t;

class SealTest : public TempBacking {
 protected:
  void Draft(const Files& files) const {
    ASSERT_TRUE(MakeDraft(area(), "n", 0700, nullptr));
    for (const auto& [name, text] : files) {
      Put("n/" + name, text, 0644);
    }
  }
  void ExpectWhole(const Files& files) const {
    EXPECT_THAT(Names(), ElementsAre("n"));
    EXPECT_EQ(Inspect(backing(), "n")->kind, Kind::kDraft);
    Files now;
    for (const std::string& name : Names("n")) {
      now[name] = Get("n/" + name);
    }
    EXPECT_EQ(now, files);
  }
  std::vector<Value> Values() const {
    const Entry entry = Inspect(backing(), "n").value();
    EXPECT_EQ(entry.kind, Kind::kList);
    const BlockFile file = entry.inode.Open(O_RDONLY).value();
    std::vector<Value> values;
    for (std::uint64_t i = 0; i < entry.shape.count; ++i) {
      values.push_back(ReadElement(file, entry.shape, i).value());
    }
    return values;
  }
};

TEST_F(SealTest, RefusalsLeaveTheDraftWholeAndSayWhy) {
  struct Case {
    Files files;
    int code;
    std::string why;
  };
  const Case cases[] = {
      {{{"1.int", "1"}}, EINVAL, "element 0 is missing"},
      {{{"0.int", "1"}, {"2.int", "1"}, {"3.int", "1"}}, EINVAL, "element 1 is missing"},
      {{{"0.int", "1"}, {"0.str", "1"}}, EINVAL, "element 0 is there twice"},
      {{{"0.int", "1"}, {"1.int", "1"}, {"001.int", "1"}}, EINVAL, "element 1 is there twice"},
      {{{"0.int", "1"}, {"note", ""}}, EINVAL, "'note' is no element"},
      {{{"0", "1"}}, EINVAL, "'0' is no element"},
      {{{"0.int~", "1"}}, EINVAL, "'0.int~' is no element"},
      {{{"0.int", "1"}, {"18446744073709551616.int", "1"}}, EINVAL, "no element"},
      {{{"0.int", "1"}, {"18446744073709551615.int", "1"}}, EINVAL, "element 1 is missing"},
      {{{"0.int", ""}}, EINVAL, "'0.int'"},
      {{{"0.int", "1"}, {"1.int", "x"}}, EINVAL, "'1.int'"},
      {{{"0.bool", "maybe"}}, EINVAL, "'0.bool'"},
      {{{"0.none", "x"}}, EINVAL, "'0.none'"},
      {{{"0.int", "9223372036854775808"}}, ERANGE, "'0.int'"},
      {{{"0.float", "1e999"}}, ERANGE, "'0.float'"},
      {{{"0.str", "a\0b"s}}, EINVAL, "'0.str'"},
      {{{"0.str", "ab\xc3."}}, EILSEQ, "'0.str'"},
      {{{"0.bytes", std::string(kMaxText + 1, 'x')}}, EFBIG, "'0.bytes'"},
      {{{"0.str", std::string(kMaxText + 2, 'x')}}, EFBIG, "'0.str'"},
  };
  for (const Case& c : cases) {
    Draft(c.files);
    const auto sealed = SealDraft(area(), "n", nullptr);
    EXPECT_EQ(CodeOf(sealed), c.code) << c.why;
    EXPECT_THAT(sealed ? "" : sealed.error().where, HasSubstr(c.why));
    ExpectWhole(c.files);
    ASSERT_TRUE(RemoveTree(backing(), "n"));
  }
}

TEST_F(SealTest, OnlyDraftsOfFilesAreSealed) {
  Put("block", "text");
  EXPECT_EQ(CodeOf(SealDraft(area(), "block", nullptr)), ESTALE);
  EXPECT_EQ(CodeOf(SealDraft(area(), "absent", nullptr)), ENOENT);
  Draft({});
  ASSERT_EQ(mkfifo(Path("n/0.int").c_str(), 0600), 0);
  EXPECT_EQ(CodeOf(SealDraft(area(), "n", nullptr)), EACCES);
  ASSERT_EQ(unlink(Path("n/0.int").c_str()), 0);
  Put("secret", "7");
  ASSERT_EQ(symlink("../secret", Path("n/0.int").c_str()), 0);
  EXPECT_FALSE(SealDraft(area(), "n", nullptr));
  EXPECT_EQ(Inspect(backing(), "n")->kind, Kind::kDraft);
}

TEST_F(SealTest, MakesTheListThatTheFilesSay) {
  Draft({{"0.int", "-5\n"},
         {"01.float", "2.5"},
         {"2.bool", "True\n"},
         {"00003.str", "\xc3\xa9\n\n"},
         {"4.bytes", "\0\xff\n"s},
         {"5.none", ""},
         {"6.str", ""}});
  const auto draft = StatOf("n");
  const auto sealed = SealDraft(area(), "n", nullptr);
  ASSERT_EQ(CodeOf(sealed), 0);
  EXPECT_EQ(sealed->st_ino, StatOf("n").st_ino);
  EXPECT_NE(sealed->st_ino, draft.st_ino);
  EXPECT_THAT(Values(), ElementsAre(Int{-5}, 2.5, true, Str{"\xc3\xa9\n"}, Bytes{"\0\xff\n"s},
                                    None{}, Str{""}));
  EXPECT_THAT(Names(), ElementsAre("n")) << "nothing is left of the making";
  const auto list = MakeList(Values());
  EXPECT_EQ(Get("n"),
            std::string(reinterpret_cast<const char*>(list.bytes.data()), list.bytes.size()));
}

TEST_F(SealTest, TheLongestTextsFit) {
  const std::string longest(kMaxText, 'x');
  Draft({{"0.str", longest + "\n"}, {"1.bytes", longest}});
  ASSERT_EQ(CodeOf(SealDraft(area(), "n", nullptr)), 0);
  EXPECT_EQ(Values(), (std::vector<Value>{Str{longest}, Bytes{longest}}));
}

TEST_F(SealTest, AnEmptyDraftBecomesAnEmptyList) {
  Draft({});
  ASSERT_EQ(CodeOf(SealDraft(area(), "n", nullptr)), 0);
  EXPECT_EQ(Values().size(), 0U);
  EXPECT_EQ(Get("n"), std::string(16, '\0'));
  EXPECT_EQ(ModeOf("n"), 0600U);
  EXPECT_TRUE(Find("n").HasXattr(kListXattr).value());
  EXPECT_FALSE(Find("n").HasXattr(kManagerXattr).value());
}

TEST_F(SealTest, TakesModeTimesAndManager) {
  Draft({{"0.int", "1"}, {"1.int", "2"}});
  chmod(Path("n/0.int").c_str(), 0640);
  chmod(Path("n/1.int").c_str(), 0666);
  Managed manager("ann");
  ASSERT_TRUE(manager.Take(Find("n")));
  const struct timespec times[2] = {{1000, 1}, {2000, 2}};
  ASSERT_TRUE(Find("n").SetTimes(times));
  ASSERT_EQ(CodeOf(SealDraft(area(), "n", &manager)), 0);
  const auto st = StatOf("n");
  EXPECT_EQ(st.st_mode, S_IFREG | mode_t{0640});
  EXPECT_EQ(st.st_atim.tv_sec, 1000);
  EXPECT_EQ(st.st_mtim.tv_sec, 2000);
  EXPECT_EQ(st.st_mtim.tv_nsec, 2);
  EXPECT_EQ(Find("n").GetXattr(kManagerXattr).value(), "ann");
  EXPECT_FALSE(Find("n").HasXattr(kListXattr).value()) << "its content tells";
}

TEST_F(SealTest, BelongsToWhomTheDraftBelongs) {
  if (geteuid() != 0) {
    GTEST_SKIP() << "takes root, to give a draft away";
  }
  Draft({{"0.int", "1"}});
  ASSERT_EQ(chown(Path("n").c_str(), 1234, 4321), 0);
  ASSERT_EQ(CodeOf(SealDraft(area(), "n", nullptr)), 0);
  EXPECT_EQ(StatOf("n").st_uid, 1234U);
  EXPECT_EQ(StatOf("n").st_gid, 4321U);
}

TEST_F(SealTest, OneAtATime) {
  Draft({{"0.int", "1"}});
  {
    const Staging staging = area().Open().value();
    const StandIn stand_in = MakeStandIn(staging, StatOf("n")).value();
    ASSERT_TRUE(Exchange(staging, stand_in.staged, backing(), "n", StatOf("n")));
    EXPECT_EQ(CodeOf(SealDraft(area(), "n", nullptr)), EBUSY);
    ASSERT_TRUE(Exchange(staging, stand_in.staged, backing(), "n", stand_in.stat));
    ASSERT_TRUE(RemoveStandIn(staging.directory(), stand_in.staged, backing(), "n"));
  }
  ExpectWhole({{"0.int", "1"}});
  EXPECT_EQ(CodeOf(SealDraft(area(), "n", nullptr)), 0);
}

TEST_F(SealTest, ALockThatAnyoneCanTakeKeepsNobodyOut) {
  Draft({{"0.int", "1"}});
  const Directory other = backing().OpenDirectory("n").value();
  ASSERT_TRUE(other.Lock(LOCK_EX | LOCK_NB));
  EXPECT_EQ(CodeOf(SealDraft(area(), "n", nullptr)), 0);
}

TEST_F(SealTest, OfManyAtOnceOneSeals) {
  for (int round = 0; round < 20; ++round) {
    Draft({{"0.int", "1"}, {"1.str", "x"}});
    std::vector<int> codes(4);
    {
      std::vector<std::jthread> threads;
      for (int& code : codes) {
        threads.emplace_back([&] { code = CodeOf(SealDraft(area(), "n", nullptr)); });
      }
    }
    EXPECT_EQ(std::ranges::count(codes, 0), 1);
    for (const int code : codes) {
      EXPECT_TRUE(code == 0 || code == EBUSY || code == ESTALE || code == ENOENT) << code;
    }
    EXPECT_THAT(Values(), ElementsAre(Int{1}, Str{"x"}));
    EXPECT_THAT(Names(), ElementsAre("n"));
    ASSERT_TRUE(backing().Unlink("n"));
  }
}

// Of the thread that calls it: mounts a small tmpfs that goes with the thread.
int MountSmall(const std::string& where) {
  return unshare(CLONE_NEWNS) == 0 &&
                 mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                 mount("none", where.c_str(), "tmpfs", 0, "size=64k,mode=700") == 0
             ? 0
             : errno;
}

TEST_F(SealTest, AFullBackingIsAnErrorAndLeavesTheDraft) {
  const std::string where = Path("small");
  mkdir(where.c_str(), 0700);
  int refused = 0;
  std::jthread([&] {
    refused = MountSmall(where);
    if (refused != 0) {
      return;
    }
    const Directory small = Directory::OpenBacking(where).value();
    const StagingArea area(small);
    const std::string text(40'000, 'x');
    ASSERT_TRUE(MakeDraft(area, "n", 0700, nullptr));
    Put("small/n/0.bytes", text);
    EXPECT_EQ(CodeOf(SealDraft(area, "n", nullptr)), ENOSPC);
    EXPECT_EQ(Inspect(small, "n")->kind, Kind::kDraft);
    EXPECT_EQ(Get("small/n/0.bytes"), text);
    EXPECT_THAT(Names("small"), ElementsAre("n"));
    ASSERT_EQ(truncate(Path("small/n/0.bytes").c_str(), 100), 0);
    EXPECT_EQ(CodeOf(SealDraft(area, "n", nullptr)), 0) << "and there is room again";
  }).join();
  if (refused != 0) {
    GTEST_SKIP() << "cannot mount a tmpfs: " << std::strerror(refused);
  }
}

}  // namespace
}  // namespace shmount
