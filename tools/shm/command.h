// SPDX-License-Identifier: Apache-2.0
// What all subcommands of `shm` use.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/backing/directory.h"
#include "core/base/result.h"

namespace shmount {

inline constexpr int kExitOk = 0;
inline constexpr int kExitNo = 1;  ///< the answer is no, or the command failed
inline constexpr int kExitUsage = 2;

/// The options of every subcommand, and the exit status that it leaves for main.
struct Context {
  std::string backing = "/dev/shm";
  bool json = false;
  int status = kExitOk;
};

/// Each of these adds a family of subcommands to the command line.
void AddLs(CLI::App& app, Context& context);
void AddBlocks(CLI::App& app, Context& context);  ///< new, rm
void AddLists(CLI::App& app, Context& context);   ///< list, get, set
void AddSearch(CLI::App& app, Context& context);  ///< count, index
void AddRepair(CLI::App& app, Context& context);  ///< check, upgrade
void AddHolders(CLI::App& app, Context& context);
void AddPrune(CLI::App& app, Context& context);
void AddRun(CLI::App& app, Context& context);
void AddWatch(CLI::App& app, Context& context);

/// Adds a subcommand. `declare(subcommand, options)` declares its options. When the command runs,
/// this opens the backing and calls `run(backing, options, context)`, which returns the exit
/// status.
template <class Options, class Declare, class Run>
void AddCommand(CLI::App& app, Context& context, const char* name, const char* what,
                Declare declare, Run run);

/// Prints "shm: THING: why" and returns kExitNo.
int Complain(const std::string& thing, const Error& error);
int Complain(const std::string& thing, const std::string& why);

/// A JSON document as text, over several lines if `indent` is not -1. Characters that a terminal
/// obeys are escaped.
std::string JsonText(const nlohmann::json& document, int indent);
void PrintJson(const nlohmann::json& document);

/// A name or another text of a program, in a form that JSON can express: a byte that is not UTF-8
/// becomes \/HH. Names have no slash, so that NameIn() can reverse this.
std::string JsonName(std::string_view name);

/// Prints to the standard output. If that fails, main reports it at the end.
void Print(std::string_view text);

/// CLI11 takes a word like -1 for an option and one like [a] for a list of words. GuardWords puts a
/// character before such words, so that CLI11 takes them as they are; Unguard removes it.
std::vector<std::string> GuardWords(int argc, char** argv);
std::string Unguard(std::string word);

/// The name of a block that may be written as for shm_open, with slashes before it, as the path of
/// its file in the backing, or as JsonName() has it.
std::string NameIn(const std::string& backing, const std::string& word);
/// The same for a shell pattern.
std::string PatternIn(const std::string& backing, const std::string& word);

/// Whether `name` matches one of the shell patterns. Without patterns every name matches.
bool Matches(const std::vector<std::string>& patterns, const std::string& name);

// ---- inline

/// Lets each name and pattern among the options be written as NameIn takes it.
template <class Options>
void FindNames(const std::string& backing, Options& options) {
  const auto each = [&backing](std::vector<std::string>& words, const auto& find) {
    for (std::string& word : words) {
      word = find(backing, word);
    }
  };
  if constexpr (requires { options.name; }) {
    options.name = NameIn(backing, options.name);
  }
  if constexpr (requires { options.names; }) {
    each(options.names, NameIn);
  }
  if constexpr (requires { options.patterns; }) {
    each(options.patterns, PatternIn);
  }
}

template <class Options, class Declare, class Run>
void AddCommand(CLI::App& app, Context& context, const char* name, const char* what,
                Declare declare, Run run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(name, what);
  command->fallthrough();
  declare(*command, *options);
  command->callback([options, run, &context] {
    FindNames(context.backing, *options);
    const auto backing = Directory::OpenBacking(context.backing);
    context.status =
        backing ? run(*backing, *options, context) : Complain(context.backing, backing.error());
  });
}

}  // namespace shmount
