// SPDX-License-Identifier: Apache-2.0
// shm prune.
#include "core/lifetime/prune.h"

#include <cstdint>
#include <cstring>
#include <optional>

#include "core/backing/directory.h"
#include "core/value/utf8.h"
#include "tools/shm/arguments.h"
#include "tools/shm/command.h"
#include "tools/shm/format.h"
#include "tools/shm/holders.h"

namespace shmount {
namespace {

struct PruneOptions {
  std::vector<std::string> patterns;
  std::int64_t older = 0;
  bool yes = false;
  bool semaphores = false;
  bool force = false;
};

/// Returns why orphans must not be looked for in the backing, or nothing.
std::optional<std::string> WhyRefuse(const Directory& backing, const PruneOptions& options) {
  if (options.force) {
    return std::nullopt;
  }
  const auto file_system = backing.GetFileSystem();
  if (!file_system) {
    return std::string("It is unknown whether it is a tmpfs or ramfs: ") +
           std::strerror(file_system.error().code);
  }
  if (file_system->IsMemory()) {
    return std::nullopt;
  }
  return "It is on " + file_system->Name() +
         ", not on a tmpfs or ramfs: ordinary files would count as orphans, as they do with "
         "--force";
}

bool MayBePruned(const Item& item, const PruneOptions& options) {
  const bool kind = item.kind == ItemKind::kBlock || item.kind == ItemKind::kList ||
                    (item.kind == ItemKind::kSemaphore && options.semaphores);
  return kind && Matches(options.patterns, item.name) && AgeOf(item.changed()) >= options.older;
}

/// What was or would be done with one orphan.
struct Outcome {
  std::string what;
  bool failed = false;
};

Outcome Explain(const Item& item, const Error& error) {
  switch (error.code) {
    case EBUSY:
      return {"kept, in use by now"};
    case ENOENT:
    case ESTALE:
      return {"gone already"};
    default:
      Complain(item.name, error);
      return {"failed", true};
  }
}

Outcome Deal(const Directory& backing, const Item& item, const PruneOptions& options) {
  if (!options.yes) {
    return {"would unlink"};
  }
  const auto done = UnlinkOrphan(backing, item);
  return done ? Outcome{"unlinked"} : Explain(item, done.error());
}

int Prune(const Directory& backing, const PruneOptions& options, const Context& context) {
  if (const auto why = WhyRefuse(backing, options)) {
    return Complain(context.backing, *why);
  }
  auto items = TakeInventory(backing);
  if (!items) {
    return Complain(context.backing, items.error());
  }
  std::erase_if(*items, [&](const Item& item) { return !MayBePruned(item, options); });
  std::unordered_set<ino_t> inodes;
  for (const Item& item : *items) {
    inodes.insert(item.stat.st_ino);
  }
  const auto table = HolderTable::Scan(backing, std::move(inodes));
  if (!table) {
    return Complain("/proc", table.error());
  }
  int status = kExitOk;
  std::uint64_t unknown = 0;
  auto json = nlohmann::json::array();
  for (const Item& item : *items) {
    const auto fate = FateOf(backing, *table, item);
    unknown += fate == Fate::kUnknown ? 1 : 0;
    if (fate && *fate != Fate::kOrphan) {
      continue;
    }
    const Outcome outcome = fate ? Deal(backing, item, options) : Explain(item, fate.error());
    status = outcome.failed ? kExitNo : status;
    const std::int64_t age = AgeOf(item.changed());
    if (context.json) {
      json.push_back({{"name", JsonName(item.name)},
                      {"resident", item.resident()},
                      {"age", age},
                      {"outcome", outcome.what}});
    } else {
      Print(outcome.what + " " + Printable(item.name) + " (" + HumanSize(item.resident()) + ", " +
            HumanAge(age) + " old)\n");
    }
  }
  if (context.json) {
    PrintJson(json);
  }
  if (unknown > 0) {
    Complain("prune",
             Counted(unknown, "block is", "blocks are") + " left alone: " + WhyIncomplete(*table));
  }
  return status;
}

void Declare(CLI::App& command, PruneOptions& options) {
  AddWords(command, "PATTERN", options.patterns, "Shell patterns; only names that match one");
  AddAge(command, "--older", options.older, "Only blocks that have not changed for that long");
  command.add_flag("-y,--yes", options.yes, "Unlink them; otherwise they are only listed");
  command.add_flag("--semaphores", options.semaphores,
                   "Unlink POSIX semaphores too, though programs may have left them on purpose");
  command.add_flag(
      "-f,--force", options.force,
      "Work even if DIR is not a tmpfs or ramfs: every ordinary file there that no process "
      "has open counts as an orphan");
}

}  // namespace

void AddPrune(CLI::App& app, Context& context) {
  AddCommand<PruneOptions>(app, context, "prune",
                           "Unlink orphans: blocks and lists that no process maps or has open and "
                           "that belong to no running manager",
                           Declare, Prune);
}

}  // namespace shmount
