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

/// Words that are data, which may begin with a minus or a bracket.
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
CLI::Option* AddType(CLI::App& command, std::optional<Type>& into);

/// What shm_open allows as a name, and shows in a mount.
bool IsBlockName(const std::string& name);

/// The value of an argument: of the `type`, or the Python literal that it is.
Result<Value> ParseArgument(const std::optional<Type>& type, const std::string& text);
/// Why it is none, for the user.
std::string WhyNoValue(const std::optional<Type>& type, const Error& error);

/// A list by its name, opened.
struct OpenList {
  BlockFile file;
  ListShape shape;
};
/// Complains where it cannot be opened or is no list.
std::optional<OpenList> OpenListNamed(const Directory& backing, const std::string& name, int flags);

}  // namespace shmount
