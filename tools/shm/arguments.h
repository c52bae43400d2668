// SPDX-License-Identifier: Apache-2.0
// Arguments that several subcommands take.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/backing/block_file.h"
#include "core/backing/directory.h"
#include "core/base/result.h"
#include "core/list/layout.h"
#include "core/value/value.h"

namespace shmount {

/// Adds an argument whose words are data: they may begin with a minus or a bracket.
CLI::Option* AddName(CLI::App& command, const char* name, std::string& into, const char* what);
CLI::Option* AddWords(CLI::App& command, const char* name, std::vector<std::string>& into,
                      const char* what);

/// Sizes and ages with units, which the help text goes on to name after `what`. Past 63 bits is an
/// error.
CLI::Option* AddSize(CLI::App& command, const char* name, std::optional<std::uint64_t>& into,
                     const std::string& what);
CLI::Option* AddAge(CLI::App& command, const char* name, std::int64_t& into,
                    const std::string& what);
CLI::Option* AddMode(CLI::App& command, mode_t& into);
/// Adds a footer about what is accepted for VALUE.
void ExplainValues(CLI::App& command);
CLI::Option* AddType(CLI::App& command, std::optional<Type>& into);

/// Whether shm_open allows the name and a mount shows it.
bool IsBlockName(const std::string& name);

/// Why no block or list may be made of that name, or null.
const char* WhyNoNewName(const std::string& name);

/// Reads an argument as text of `type`, or as a Python literal without one.
Result<Value> ParseArgument(const std::optional<Type>& type, const std::string& text);
/// Says to the user why ParseArgument failed.
std::string WhyNoValue(const std::optional<Type>& type, const Error& error);

/// The names that words stand for: a word that is no name and has one of *?[ is a shell pattern. It
/// matches semaphores only if it begins with "sem.". Where a pattern matches nothing this says so
/// and sets `status`.
std::vector<std::string> ExpandPatterns(const Directory& backing,
                                        const std::vector<std::string>& words, int& status);

/// An open list.
struct OpenList {
  BlockFile file;
  ListShape shape;
};
/// Opens a list by its name. Returns nothing, after a message, if it cannot be opened or is no
/// list.
std::optional<OpenList> OpenListNamed(const Directory& backing, const std::string& name, int flags);

}  // namespace shmount
