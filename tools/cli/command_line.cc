// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/command_line.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

#include "core/value/utf8.h"

namespace shmount {
namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kIndent = 24;  // where descriptions begin

/// Words in lines of at most `width`, each with its newline.
std::vector<std::string> Wrap(std::string_view words, std::size_t width) {
  std::vector<std::string> lines;
  while (!words.empty()) {
    std::string_view line = words.substr(0, width);
    if (line.size() < words.size() && words[line.size()] != ' ') {
      const auto blank = line.rfind(' ');
      line = blank == std::string_view::npos ? line : line.substr(0, blank);
    }
    words.remove_prefix(line.size());
    words.remove_prefix(std::min(words.find_first_not_of(' '), words.size()));
    lines.push_back(std::string(line) + "\n");
  }
  return lines;
}

/// A line of a list: a term, and what it means in a column of its own.
std::string Entry(const std::string& term, const std::string& meaning) {
  std::string text = "  " + term;
  std::size_t column = text.size();
  if (column + 2 > kIndent) {
    text += '\n';
    column = 0;
  }
  for (const std::string& line : Wrap(meaning, kWidth - kIndent)) {
    text += std::string(kIndent - column, ' ') + line;
    column = 0;
  }
  return text;
}

std::string Paragraph(const std::string& words) {
  const auto lines = Wrap(words, kWidth);
  return std::accumulate(lines.begin(), lines.end(), std::string());
}

/// CLI11 appends to an option's metavariable what its validators accept.
std::string Metavariable(const CLI::Option& option) {
  const std::string name = option.get_type_name();
  return option.get_items_expected_max() == 0 ? "" : name.substr(0, name.find(':'));
}

std::string Term(const CLI::Option& option) {
  if (option.get_positional()) {
    return option.get_single_name();
  }
  std::string term;
  for (const std::string& each : option.get_snames()) {
    term += (term.empty() ? "-" : ", -") + each;
  }
  for (const std::string& each : option.get_lnames()) {
    term += (term.empty() ? "    --" : ", --") + each;
  }
  const std::string metavariable = Metavariable(option);
  return metavariable.empty() ? term : term + " " + metavariable;
}

template <class Predicate>
std::string Options(const CLI::App& app, Predicate wanted) {
  std::string text;
  for (const CLI::Option* option : app.get_options()) {
    if (wanted(*option)) {
      const std::string preset = option->get_default_str();
      text += Entry(Term(*option),
                    option->get_description() + (preset.empty() ? "" : " [" + preset + "]"));
    }
  }
  return text;
}

std::string Usage(const CLI::App& app, const std::string& name) {
  std::string text = "Usage: " + name + " [OPTION]...";
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) {
      const std::string words =
          option->get_single_name() + (option->get_items_expected_max() > 1 ? "..." : "");
      text += option->get_required() ? " " + words : " [" + words + "]";
    }
  }
  if (!app.get_subcommands({}).empty()) {
    text += " COMMAND ...";
  }
  return text + (app.get_prefix_command() ? " COMMAND [ARGUMENT]...\n" : "\n");
}

class Help : public CLI::FormatterBase {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode /*mode*/) const override {
    std::string text = Usage(*app, name) + Paragraph(app->get_description());
    const auto add = [&text](const std::string& title, const std::string& lines) {
      text += lines.empty() ? "" : "\n" + title + ":\n" + lines;
    };
    const auto positional = [](const CLI::Option& option) { return option.get_positional(); };
    add("Arguments", Options(*app, positional));
    add("Options", Options(*app, std::not_fn(positional)) + OfEveryCommand(*app));
    std::string commands;
    for (const CLI::App* command : app->get_subcommands({})) {
      commands += Entry(command->get_name(), command->get_description());
    }
    add("Commands", commands);
    for (const std::string& line : CLI::detail::split(app->get_footer(), '\n')) {
      text += line.empty() ? "" : "\n" + Paragraph(line);
    }
    return text;
  }

 private:
  /// What a command takes as well as the program itself.
  static std::string OfEveryCommand(const CLI::App& app) {
    const CLI::App* parent = app.get_fallthrough() ? app.get_parent() : nullptr;
    return parent == nullptr ? "" : Options(*parent, [parent](const CLI::Option& option) {
      return &option != parent->get_help_ptr() && &option != parent->get_version_ptr();
    });
  }
};

/// How many characters must be added, removed, changed or swapped with the next one (Damerau and
/// Levenshtein's restricted distance).
std::size_t Distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> two_above;
  std::vector<std::size_t> above;
  for (std::size_t j = 0; j <= to.size(); ++j) {
    above.push_back(j);
  }
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::vector<std::size_t> row = {i};
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t changed = above[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      row.push_back(std::min({changed, above[j] + 1, row[j - 1] + 1}));
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) {
        row[j] = std::min(row[j], two_above[j - 2] + 1);
      }
    }
    two_above = std::exchange(above, std::move(row));
  }
  return above.back();
}

/// "; did you mean 'WORD'?" where one of the words is near enough to have been meant.
std::string Nearest(const std::string& word, const std::vector<std::string>& known) {
  constexpr std::size_t kLongest = 40;  // no word of ours is so long
  std::size_t least = std::min<std::size_t>(3, (word.size() + 1) / 2);
  std::string nearest;
  for (const std::string& each : known) {
    const std::size_t distance =
        word.size() > kLongest ? least : (each.starts_with(word) ? 0 : Distance(word, each));
    if (distance < least) {
      least = distance;
      nearest = each;
    }
  }
  return nearest.empty() ? "" : "; did you mean '" + nearest + "'?";
}

std::vector<std::string> KnownOptions(const CLI::App& app) {
  std::vector<std::string> known;
  for (const CLI::App* each = &app; each != nullptr; each = each->get_parent()) {
    for (const CLI::Option* option : each->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        known.push_back("--" + name);
      }
    }
  }
  return known;
}

/// The first word that belongs to nothing, or "".
std::string Unknown(const CLI::App& app) {
  const auto words = app.remaining(true);
  return words.empty() ? "" : words.front();
}

/// CLI11's own words for these would not be understood.
std::string Plain(const CLI::Error& error) {
  std::string what = error.what();
  const std::string kind = error.get_name();
  if (kind == "RequiredError") {
    const std::string thing = what.substr(0, what.find(" is required"));
    return "missing " + (thing == "A subcommand" ? "COMMAND" : thing);
  }
  if (kind == "ArgumentMismatch") {
    return "option '" + what.substr(0, what.find(':')) + "' requires an argument";
  }
  constexpr std::string_view kNotConverted = "Could not convert: ";
  if (const auto equals = what.find(" = ");
      what.starts_with(kNotConverted) && equals != std::string::npos) {
    return "option '" + what.substr(kNotConverted.size(), equals - kNotConverted.size()) +
           "' does not take '" + what.substr(equals + 3) + "'";
  }
  return what;
}

std::string WhatIsWrong(const CLI::App& app, const CLI::App& command, const CLI::Error& error) {
  const std::string word = Unknown(app);
  if (word.empty() || error.get_name() == "ValidationError") {
    return Plain(error);
  }
  const std::string shown = "'" + Printable(word) + "'";
  if (word.starts_with('-')) {
    return "unrecognized option " + shown +
           Nearest(word.substr(0, word.find('=')), KnownOptions(command));
  }
  std::vector<std::string> commands;
  for (const CLI::App* each : command.get_subcommands({})) {
    commands.push_back(each->get_name());
  }
  return commands.empty() ? "extra operand " + shown
                          : "unknown command " + shown + Nearest(word, commands);
}

}  // namespace

void SetUpCommandLine(CLI::App& app, const std::string& version) {
  app.formatter(std::make_shared<Help>());
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.set_version_flag("-V,--version", version, "Print the version and exit");
}

CLI::Validator OneOf(std::vector<std::string> words) {
  const std::string all = CLI::detail::join(words, ", ");
  const CLI::Validator member = CLI::IsMember(std::move(words), CLI::ignore_case);
  return {[all, member](std::string& word) {
            return member(word).empty() ? std::string()
                                        : "'" + Printable(word) + "' is none of " + all;
          },
          ""};
}

Told TellOf(const CLI::App& app, const CLI::Error& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    const bool help = error.get_name() == "CallForHelp";
    return {help ? app.help() : std::string(error.what()) + "\n", false};
  }
  const CLI::App* command = &app;
  std::string name = app.get_name();
  while (!command->get_subcommands().empty()) {
    command = command->get_subcommands().front();
    name += " " + command->get_name();
  }
  return {name + ": " + WhatIsWrong(app, *command, error) + "\nTry '" + name +
              " --help' for more information.\n",
          true};
}

}  // namespace shmount
