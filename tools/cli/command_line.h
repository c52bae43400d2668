// SPDX-License-Identifier: Apache-2.0
// What the command lines of `shm` and `shmount` have in common: how help looks, and how a wrong
// word is refused. Both are as people know them from coreutils and util-linux.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace shmount {

/// Sets up a program's command line before anything is added to it: --help and --version, the form
/// of the help, and that of an option given twice the last counts.
void SetUpCommandLine(CLI::App& app, const std::string& version);

/// Accepts one of `words` in upper or lower case, and makes it the word as it is written there.
CLI::Validator OneOf(std::vector<std::string> words);

/// What a program prints because of the words that it was given.
struct Told {
  std::string text;  ///< ends with a newline
  bool is_error;  ///< for the standard error, and the words were wrong; otherwise help or version
};

/// What `error`, which parsing the words of `app` threw, has to tell. An unknown command or option
/// is named, with the known one that is nearest to it.
Told TellOf(const CLI::App& app, const CLI::Error& error);

}  // namespace shmount
