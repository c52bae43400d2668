// SPDX-License-Identifier: Apache-2.0
#include "fs/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace shmount {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Outcome {
  std::expected<Options, int> options;
  std::string out;
  std::string err;
};

Outcome Parse(std::vector<std::string> words) {
  words.insert(words.begin(), "shmount");
  std::vector<char*> argv;
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  auto options = ParseOptions(static_cast<int>(words.size()), argv.data());
  std::string out = testing::internal::GetCapturedStdout();
  return {std::move(options), std::move(out), testing::internal::GetCapturedStderr()};
}

TEST(ParseOptions, TakesLittle) {
  const auto parsed = Parse({"/mnt"});
  ASSERT_TRUE(parsed.options) << parsed.err;
  EXPECT_EQ(parsed.options->mountpoint, "/mnt");
  EXPECT_EQ(parsed.options->backing, "/dev/shm");
  EXPECT_FALSE(parsed.options->access) << "auto";
  EXPECT_FALSE(parsed.options->semaphores);
  EXPECT_FALSE(parsed.options->foreground);
  EXPECT_THAT(parsed.options->fuse, IsEmpty());
  EXPECT_EQ(parsed.out + parsed.err, "");
}

TEST(ParseOptions, SaysTheSameWithAndWithoutDashO) {
  const std::vector<std::string> forms[] = {
      {"--backing", "/b", "--access", "direct", "--semaphores", "/mnt"},
      {"--backing=/b", "--access=direct", "--semaphores", "/mnt"},
      {"-o", "backing=/b,access=direct,semaphores", "/mnt"},
      {"/mnt", "-o", "backing=/b", "-o", "access=direct", "-osemaphores"},
      {"-obacking=/b", "/mnt", "--access", "direct", "-o", "semaphores"},
  };
  for (const auto& form : forms) {
    const auto parsed = Parse(form);
    ASSERT_TRUE(parsed.options) << parsed.err;
    EXPECT_EQ(parsed.options->mountpoint, "/mnt");
    EXPECT_EQ(parsed.options->backing, "/b");
    EXPECT_EQ(parsed.options->access, Access::kDirect);
    EXPECT_TRUE(parsed.options->semaphores);
    EXPECT_THAT(parsed.options->fuse, IsEmpty());
  }
}

TEST(ParseOptions, KnowsEachAccessMode) {
  const std::pair<const char*, std::optional<Access>> modes[] = {
      {"auto", std::nullopt},
      {"passthrough", Access::kPassthrough},
      {"link", Access::kLink},
      {"direct", Access::kDirect},
  };
  for (const auto& [name, mode] : modes) {
    EXPECT_EQ(Parse({"/mnt", "-o", std::string("access=") + name}).options->access, mode);
    if (mode) {
      EXPECT_STREQ(AccessName(*mode), name);
    }
  }
}

TEST(ParseOptions, PassesOnWhatIsNotOurs) {
  const auto parsed = Parse({"-o", "ro,backing=/b,max_read=4096", "/mnt", "-o", "nosuid,x-a=b=c"});
  ASSERT_TRUE(parsed.options) << parsed.err;
  EXPECT_THAT(parsed.options->fuse, ElementsAre("ro", "max_read=4096", "nosuid", "x-a=b=c"));
  EXPECT_EQ(parsed.options->backing, "/b");
  EXPECT_FALSE(parsed.options->allow_other);
}

TEST(ParseOptions, AllowOtherIsOursAndTheKernels) {
  const auto parsed = Parse({"/mnt", "-o", "allow_other,default_permissions"});
  ASSERT_TRUE(parsed.options) << parsed.err;
  EXPECT_TRUE(parsed.options->allow_other);
  EXPECT_THAT(parsed.options->fuse, ElementsAre("allow_other", "default_permissions"));
}

TEST(ParseOptions, DebugStaysInTheForeground) {
  EXPECT_TRUE(Parse({"-f", "/mnt"}).options->foreground);
  EXPECT_FALSE(Parse({"-f", "/mnt"}).options->debug);
  for (const char* flag : {"-d", "--debug"}) {
    EXPECT_TRUE(Parse({flag, "/mnt"}).options->foreground);
    EXPECT_TRUE(Parse({flag, "/mnt"}).options->debug);
  }
}

TEST(ParseOptions, ABadCommandLineIsNamedWithCodeTwo) {
  const std::vector<std::string> bad[] = {
      {},
      {"/mnt", "/other"},
      {"/mnt", "--no-such"},
      {"/mnt", "-x"},
      {"/mnt", "--access", "fast"},
      {"/mnt", "-o", "access=fast"},
      {"/mnt", "-o", "access"},
      {"/mnt", "--access"},
      {"/mnt", "-o"},
      {"/mnt", "-o", "semaphores=perhaps"},
  };
  for (const auto& words : bad) {
    const auto parsed = Parse(words);
    const std::string shown = testing::PrintToString(words);
    ASSERT_FALSE(parsed.options) << shown;
    EXPECT_EQ(parsed.options.error(), kExitUsage) << shown;
    EXPECT_THAT(parsed.err, testing::StartsWith("shmount: ")) << shown;
    EXPECT_THAT(parsed.err, testing::EndsWith("\nTry 'shmount --help' for more information.\n"));
    EXPECT_EQ(std::ranges::count(parsed.err, '\n'), 2) << shown << parsed.err;
    EXPECT_EQ(parsed.out, "") << shown;
  }
}

TEST(ParseOptions, HelpAndVersionEndWell) {
  for (const char* flag : {"-h", "--help"}) {
    const auto parsed = Parse({flag});
    ASSERT_FALSE(parsed.options);
    EXPECT_EQ(parsed.options.error(), kExitOk);
    EXPECT_THAT(parsed.out, HasSubstr("MOUNTPOINT"));
    EXPECT_THAT(parsed.out, HasSubstr("--access"));
    EXPECT_EQ(parsed.err, "");
  }
  for (const char* flag : {"-V", "--version"}) {
    const auto parsed = Parse({flag});
    ASSERT_FALSE(parsed.options);
    EXPECT_EQ(parsed.options.error(), kExitOk);
    EXPECT_THAT(parsed.out, testing::MatchesRegex("shmount [0-9.]+ \\(libfuse .*\\)\n"));
    EXPECT_EQ(parsed.err, "");
  }
}

}  // namespace
}  // namespace shmount
