// SPDX-License-Identifier: Apache-2.0
// The input is a command line: the program's name and its arguments, each on a line.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iostream>

#include "fs/options.h"
#include "tests/fuzz/fuzz.h"

/// All that the options need of libfuse.
// NOLINTNEXTLINE(readability-identifier-naming): its name there
extern "C" const char* fuse_pkgversion() { return "3.17.0"; }

namespace shmount {
namespace {

int TestOneInput(const std::uint8_t* data, std::size_t size) {
  // Help and messages are formatted but not printed.
  static const std::array<std::streambuf*, 2> kSilent = {std::cout.rdbuf(nullptr),
                                                         std::cerr.rdbuf(nullptr)};
  (void)kSilent;
  std::string line(TextOfInput(data, size));
  std::ranges::replace(line, '\n', '\0');
  std::vector<char*> argv;
  for (std::size_t at = 0; at <= line.size(); at = line.find('\0', at) + 1) {
    argv.push_back(line.data() + at);
    if (line.find('\0', at) == std::string::npos) {
      break;
    }
  }
  const int argc = static_cast<int>(argv.size());
  argv.push_back(nullptr);
  const auto options = ParseOptions(argc, argv.data());
  if (!options) {
    Require(options.error() == kExitOk || options.error() == kExitUsage, "an exit code of ours");
    return 0;
  }
  Require(!options->debug || options->foreground, "debugging stays in the foreground");
  Require(!options->allow_other ||
              std::ranges::find(options->fuse, "allow_other") != options->fuse.end(),
          "libfuse is told of allow_other too");
  return 0;
}

}  // namespace
}  // namespace shmount

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return shmount::TestOneInput(data, size);
}
