// SPDX-License-Identifier: Apache-2.0
#include "tools/shm/command.h"

#include <fmt/core.h>
#include <fnmatch.h>

#include <algorithm>
#include <charconv>
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
  const bool described = error.code == EIO && !error.where.empty();
  return Complain(thing, described ? error.where : std::strerror(error.code));
}

void Print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

std::string JsonText(const nlohmann::json& document, int indent) {
  const std::string dump =
      document.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string text;
  for (std::string_view rest = dump; !rest.empty();) {
    const std::string_view before = rest;
    const auto c = TakeCharacter(rest);
    if (c && (*c == 0x7F || IsUnsafe(*c))) {
      AppendHexEscape(text, 'u', *c);
    } else {
      text += before.substr(0, before.size() - rest.size());
    }
  }
  return text;
}

void PrintJson(const nlohmann::json& document) { Print(JsonText(document, 2) + "\n"); }

std::string JsonName(std::string_view name) {
  std::string text;
  while (!name.empty()) {
    const std::string_view before = name;
    if (TakeCharacter(name)) {
      text += before.substr(0, before.size() - name.size());
    } else {
      text += fmt::format("\\/{:02x}", static_cast<unsigned char>(before.front()));
    }
  }
  return text;
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

namespace {

// What JsonName() has escaped, with `before` before each byte.
std::string WithBytes(std::string_view word, std::string_view before) {
  constexpr std::string_view kEscape = "\\/";
  std::string name;
  while (!word.empty()) {
    unsigned char byte = 0;
    const std::string_view digits = word.substr(std::min(kEscape.size(), word.size())).substr(0, 2);
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (word.starts_with(kEscape) && end.ptr == digits.data() + 2) {
      name += before;
      name += static_cast<char>(byte);
      word.remove_prefix(kEscape.size() + digits.size());
    } else {
      name += word.front();
      word.remove_prefix(1);
    }
  }
  return name;
}

std::string WithoutPath(const std::string& backing, const std::string& word) {
  const std::string directory = backing.ends_with('/') ? backing : backing + "/";
  const std::size_t before = word.starts_with(directory) ? directory.size() : 0;
  const std::size_t start = word.find_first_not_of('/', before);
  return start == std::string::npos ? word : word.substr(start);
}

}  // namespace

std::string NameIn(const std::string& backing, const std::string& word) {
  return WithBytes(WithoutPath(backing, word), "");
}

std::string PatternIn(const std::string& backing, const std::string& word) {
  return WithBytes(WithoutPath(backing, word), "\\");
}

bool Matches(const std::vector<std::string>& patterns, const std::string& name) {
  return patterns.empty() || std::ranges::any_of(patterns, [&name](const std::string& pattern) {
           return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
         });
}

}  // namespace shmount
