// SPDX-License-Identifier: Apache-2.0
// shm list, shm get, shm set.
#include <fcntl.h>

#include <cstdint>
#include <cstdio>
#include <iostream>

#include "core/backing/directory.h"
#include "core/list/build.h"
#include "core/list/layout.h"
#include "core/list/read.h"
#include "core/list/scan.h"
#include "core/store/create.h"
#include "core/store/journaled_assign.h"
#include "core/store/staging_area.h"
#include "core/value/element_name.h"
#include "core/value/text_format.h"
#include "tools/shm/arguments.h"
#include "tools/shm/command.h"
#include "tools/shm/value.h"

namespace shmount {
namespace {

struct ListOptions {
  std::string name;
  std::vector<std::string> values;
  std::optional<Type> type;
  mode_t mode = 0600;
};

/// Collects values one by one. Prints which one is wrong and why.
class ListInput {
 public:
  explicit ListInput(const ListOptions& options) : options_(options) {}

  bool Add(const std::string& text) {
    const auto value = ParseArgument(options_.type, text);
    const Status added = value ? builder_.Add(*value) : std::unexpected(value.error());
    if (!added) {
      const bool too_long = added.error().code == EFBIG;
      Complain(options_.name, "value " + std::to_string(count_) + ": " +
                                  (too_long ? "Longer than an element of a list can be"
                                            : WhyNoValue(options_.type, added.error())));
      return false;
    }
    ++count_;
    return true;
  }

  const ListBuilder& builder() const { return builder_; }

 private:
  const ListOptions& options_;
  ListBuilder builder_;
  std::uint64_t count_ = 0;
};

/// Adds one value for each line of the standard input. The last line may lack its newline.
bool AddLines(ListInput& input) {
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);) {
    if (!input.Add(line)) {
      return false;
    }
  }
  if (std::cin.bad()) {
    Complain("standard input", "Cannot be read");
  }
  return !std::cin.bad();
}

int List(const Directory& backing, const ListOptions& options, const Context& context) {
  if (const char* why = WhyNoNewName(options.name)) {
    return Complain(options.name, why);
  }
  ListInput input(options);
  if (options.values == std::vector<std::string>{"-"}) {
    if (!AddLines(input)) {
      return kExitNo;
    }
  } else {
    for (const std::string& value : options.values) {
      if (!input.Add(value)) {
        return kExitNo;
      }
    }
  }
  const ListShape shape = input.builder().shape();
  const auto made = MakeList(backing, options.name.c_str(), input.builder(), options.mode);
  if (!made) {
    return Complain(options.name, made.error());
  }
  if (context.json) {
    PrintJson({{"name", JsonName(options.name)}, {"length", shape.count}, {"size", shape.size()}});
  }
  return kExitOk;
}

struct ElementOptions {
  std::string name;
  std::optional<std::string> index;
  std::string value;
  std::optional<Type> type;
  bool repr = false;
};

CLI::Option* AddIndex(CLI::App& command, ElementOptions& options) {
  return command.add_option_function<std::string>(
      "INDEX", [&options](const std::string& word) { options.index = Unguard(word); },
      "Which element; below 0 counts from the end");
}

/// Returns nothing, after a message, if the list has no such element.
std::optional<std::uint64_t> IndexIn(const ListShape& shape, const ElementOptions& options) {
  const auto element = ParseElementName(*options.index, shape.count);
  if (!element || element->type) {
    Complain(options.name,
             options.index->empty()
                 ? std::string("The index is empty")
                 : "No element " + *options.index + " in a list of " + std::to_string(shape.count));
    return std::nullopt;
  }
  return element->index;
}

int GetOne(const OpenList& list, const ElementOptions& options, const Context& context) {
  const auto index = IndexIn(list.shape, options);
  if (!index) {
    return kExitNo;
  }
  const auto value = ReadElement(list.file, list.shape, *index);
  if (!value) {
    return Complain(options.name, value.error());
  }
  if (context.json) {
    PrintJson(ElementJson(*index, *value));
  } else {
    Print(options.repr ? ReprOf(*value) + "\n" : FormatText(*value));
  }
  return kExitOk;
}

/// Prints each element on a line that `shm list NAME -` reads back.
int GetAll(const OpenList& list, const ElementOptions& options, const Context& context) {
  int status = kExitOk;
  nlohmann::json elements = nlohmann::json::array();
  const auto scanned = ScanElements(list.file, list.shape, 0, list.shape.count,
                                    [&](std::uint64_t index, const Result<Value>& value) {
                                      if (!value) {
                                        status = Complain(options.name, value.error());
                                      } else if (context.json) {
                                        elements.push_back(ElementJson(index, *value));
                                      } else {
                                        Print(ReprOf(*value) + "\n");
                                      }
                                      return std::ferror(stdout) == 0;
                                    });
  if (!scanned) {
    return Complain(options.name, scanned.error());
  }
  if (context.json) {
    PrintJson(elements);
  }
  return status;
}

int Get(const Directory& backing, const ElementOptions& options, const Context& context) {
  const auto list = OpenListNamed(backing, options.name, O_RDONLY);
  if (!list) {
    return kExitNo;
  }
  return options.index ? GetOne(*list, options, context) : GetAll(*list, options, context);
}

int Set(const Directory& backing, const ElementOptions& options, const Context&) {
  const auto value = ParseArgument(options.type, options.value);
  if (!value) {
    return Complain(options.name, WhyNoValue(options.type, value.error()));
  }
  auto list = OpenListNamed(backing, options.name, O_RDWR);
  const auto index = list ? IndexIn(list->shape, options) : std::nullopt;
  if (!index) {
    return kExitNo;
  }
  const StagingArea staging(backing);
  const auto assigned = ElementAssigner(staging).Assign(list->file, list->shape, *index, *value);
  if (!assigned && assigned.error().code == EFBIG) {
    return Complain(options.name, "Longer than the storage of element " + std::to_string(*index));
  }
  return assigned ? kExitOk : Complain(options.name, assigned.error());
}

}  // namespace

void AddLists(CLI::App& app, Context& context) {
  AddCommand<ListOptions>(
      app, context, "list", "Make a list with the bytes that CPython would give it",
      [](CLI::App& command, ListOptions& options) {
        AddName(command, "NAME", options.name, "Name of the list")->required();
        AddWords(command, "VALUE", options.values,
                 "The values; a single - reads them from the standard input, one on each line");
        AddType(command, options.type);
        ExplainValues(command);
        AddMode(command, options.mode);
      },
      List);
  AddCommand<ElementOptions>(
      app, context, "get", "Print one element as text, or all as Python literals, one on each line",
      [](CLI::App& command, ElementOptions& options) {
        AddName(command, "NAME", options.name, "The list")->required();
        AddIndex(command, options);
        command.add_flag("-p,--repr", options.repr, "Print the one element as a Python literal");
      },
      Get);
  AddCommand<ElementOptions>(
      app, context, "set", "Assign a value to an element; if it is refused, the old value stays",
      [](CLI::App& command, ElementOptions& options) {
        AddName(command, "NAME", options.name, "The list")->required();
        AddIndex(command, options)->required();
        AddName(command, "VALUE", options.value, "The new value, of any type")->required();
        AddType(command, options.type);
        ExplainValues(command);
      },
      Set);
}

}  // namespace shmount
