// SPDX-License-Identifier: Apache-2.0
#include "tools/shm/command.h"

#include <fnmatch.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "core/value/utf8.h"
#include "tools/shm/format.h"

namespace shmount {
namespace {

constexpr char kGuard = '\x1f';

bool IsNegative(std::string_view word) {
  if (!word.starts_with('-') || word.size() < 2) {
    return false;
  }
  const char c = word[1];
  return (c >= '0' && c <= '9') || (c == '.' && word.size() > 2) || word == "-inf" ||
         word == "-nan";
}

}  // namespace

int Complain(const std::string& thing, const std::string& why) {
  std::fflush(stdout);
  const std::string line = "shm: " + Printable(thing) + ": " + why + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
  return kExitNo;
}

int Complain(const std::string& thing, const Error& error) {
  // The description of damaged data says more than its errno, EIO.
  const bool told = error.code == EIO && !error.where.empty();
  return Complain(thing, told ? error.where : std::strerror(error.code));
}

void Print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void PrintJson(const nlohmann::json& document) {
  Print(document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

namespace {

// Whether the words are `shm [OPTION…] run …`.
bool AreRun(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--backing") {
      ++i;
    } else if (!word.starts_with('-')) {
      return word == "run";
    }
  }
  return false;
}

}  // namespace

std::vector<std::string> GuardWords(int argc, char** argv) {
  std::vector<std::string> words;
  const bool run = AreRun(argc, argv);
  bool only_data = false;
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    const bool data = only_data || word.empty() || word.starts_with('[') || word.starts_with('{') ||
                      word.starts_with(kGuard) || IsNegative(word);
    only_data |= word == "--";
    // CLI11 would end a subcommand without positionals at `--`. It is guarded, and AddRun removes
    // it.
    words.push_back(data || (run && only_data) ? kGuard + word : std::move(word));
  }
  std::ranges::reverse(words);  // CLI11 takes them from the back
  return words;
}

std::string Unguard(std::string word) {
  if (word.starts_with(kGuard)) {
    word.erase(0, 1);
  }
  return word;
}

std::string NameIn(const std::string& backing, const std::string& word) {
  const std::string directory = backing.ends_with('/') ? backing : backing + "/";
  const std::size_t before = word.starts_with(directory) ? directory.size() : 0;
  const std::size_t start = word.find_first_not_of('/', before);
  return start == std::string::npos ? word : word.substr(start);
}

bool Matches(const std::vector<std::string>& patterns, const std::string& name) {
  return patterns.empty() || std::ranges::any_of(patterns, [&name](const std::string& pattern) {
           return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
         });
}

}  // namespace shmount
