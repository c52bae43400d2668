// SPDX-License-Identifier: Apache-2.0
// shm new, shm rm.
#include <algorithm>
#include <cstdint>
#include <optional>

#include "core/backing/directory.h"
#include "core/lifetime/inventory.h"
#include "core/store/create.h"
#include "core/store/staging.h"
#include "tools/shm/arguments.h"
#include "tools/shm/command.h"

namespace shmount {
namespace {

struct NewOptions {
  std::string name;
  std::optional<std::uint64_t> size;
  mode_t mode = 0600;
};

int New(const Directory& backing, const NewOptions& options, const Context& context) {
  std::string name = options.name;
  const std::uint64_t size = options.size.value_or(0);
  if (name.empty()) {
    const auto novel = MakeNovelBlock(backing, size, options.mode);
    if (!novel) {
      return Complain("new block", novel.error());
    }
    name = novel->name;
  } else if (const char* why = WhyNoNewName(name)) {
    return Complain(name, why);
  } else if (const auto made = MakeBlock(backing, name.c_str(), size, options.mode); !made) {
    return Complain(name, made.error());
  }
  if (context.json) {
    PrintJson({{"name", JsonName(name)}, {"size", size}});
  } else if (options.name.empty()) {
    Print(name + "\n");
  }
  return kExitOk;
}

struct RemoveOptions {
  std::vector<std::string> names;
};

Status Remove(const Directory& backing, const std::string& name) {
  const auto item = TRY(Describe(backing, name));
  return item.kind == ItemKind::kDraft ? RemoveTree(backing, name.c_str())
                                       : backing.Unlink(name.c_str());
}

int RemoveAll(const Directory& backing, const RemoveOptions& options, const Context&) {
  int status = kExitOk;
  for (const std::string& name : ExpandPatterns(backing, options.names, status)) {
    if (const auto removed = Remove(backing, name); !removed) {
      status = Complain(name, removed.error());
    }
  }
  return status;
}

}  // namespace

void AddBlocks(CLI::App& app, Context& context) {
  AddCommand<NewOptions>(
      app, context, "new", "Make a block of zeros and reserve its memory",
      [](CLI::App& command, NewOptions& options) {
        AddSize(command, "-s,--size", options.size, "Size of the block");
        AddMode(command, options.mode);
        AddName(command, "NAME", options.name,
                "Name of the block; without it, choose one like psm_1f3b09c2 and print it");
      },
      New);
  AddCommand<RemoveOptions>(
      app, context, "rm",
      "Unlink blocks, lists and drafts; a process that holds one can go on using it",
      [](CLI::App& command, RemoveOptions& options) {
        AddWords(command, "NAME", options.names,
                 "What to unlink: names, or patterns as in the shell")
            ->required();
      },
      RemoveAll);
}

}  // namespace shmount
