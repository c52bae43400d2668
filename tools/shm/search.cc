// SPDX-License-Identifier: Apache-2.0
// shm count, shm index.
#include <fcntl.h>

#include <cstdint>

#include "core/backing/directory.h"
#include "core/list/scan.h"
#include "core/value/python_equal.h"
#include "tools/shm/arguments.h"
#include "tools/shm/command.h"

namespace shmount {
namespace {

struct SearchOptions {
  std::string name;
  std::string value;
  std::optional<Type> type;
};

struct SearchResult {
  std::uint64_t count = 0;
  std::optional<std::uint64_t> first;
  bool failed = false;  ///< a message was printed
};

SearchResult Search(const Directory& backing, const SearchOptions& options, bool first_only) {
  SearchResult result;
  result.failed = true;
  const auto wanted = ParseArgument(options.type, options.value);
  if (!wanted) {
    Complain(options.name, WhyNoValue(options.type, wanted.error()));
    return result;
  }
  const auto list = OpenListNamed(backing, options.name, O_RDONLY);
  if (!list) {
    return result;
  }
  result.failed = false;
  const auto scanned = ScanElements(list->file, list->shape, 0, list->shape.count,
                                    [&](std::uint64_t index, const Result<Value>& value) {
                                      if (!value) {
                                        Complain(options.name, value.error());
                                        result.failed = true;
                                      } else if (PythonEqual(*value, *wanted)) {
                                        ++result.count;
                                        result.first = result.first.value_or(index);
                                      }
                                      return !(first_only && result.first);
                                    });
  if (!scanned) {
    Complain(options.name, scanned.error());
    result.failed = true;
  }
  return result;
}

int Count(const Directory& backing, const SearchOptions& options, const Context& context) {
  const SearchResult result = Search(backing, options, false);
  if (result.failed) {
    return kExitNo;
  }
  if (context.json) {
    PrintJson({{"count", result.count}});
  } else {
    Print(std::to_string(result.count) + "\n");
  }
  return kExitOk;
}

int Index(const Directory& backing, const SearchOptions& options, const Context& context) {
  const SearchResult result = Search(backing, options, true);
  if (context.json && (result.first || !result.failed)) {
    PrintJson({{"index", result.first ? nlohmann::json(*result.first) : nlohmann::json()}});
  } else if (result.first) {
    Print(std::to_string(*result.first) + "\n");
  }
  return result.first ? kExitOk : kExitNo;
}

void Declare(CLI::App& command, SearchOptions& options) {
  AddName(command, "NAME", options.name, "The list")->required();
  AddName(command, "VALUE", options.value, "The value, compared as Python's == does")->required();
  AddType(command, options.type);
  ExplainValues(command);
}

}  // namespace

void AddSearch(CLI::App& app, Context& context) {
  AddCommand<SearchOptions>(app, context, "count", "Print how many elements equal a value", Declare,
                            Count);
  AddCommand<SearchOptions>(app, context, "index",
                            "Print the index of the first element that equals a value; exit with 1 "
                            "if there is none",
                            Declare, Index);
}

}  // namespace shmount
