// SPDX-License-Identifier: Apache-2.0
// shm holders.
#include "tools/shm/holders.h"

#include <algorithm>
#include <array>
#include <fstream>

#include "core/backing/directory.h"
#include "core/lifetime/inventory.h"
#include "core/value/utf8.h"
#include "tools/shm/arguments.h"
#include "tools/shm/command.h"
#include "tools/shm/format.h"
#include "tools/shm/table.h"

namespace shmount {
namespace {

struct HolderOptions {
  TableOptions table;
  std::vector<std::string> names;
};

std::string HowOf(const Holder& holder) {
  std::string how = holder.mapping ? "mapping" : "";
  if (holder.descriptor) {
    how += how.empty() ? "descriptor" : "+descriptor";
  }
  return how + (holder.daemon ? " (daemon)" : holder.through_mount ? " (mount)" : "");
}

nlohmann::json HolderJson(const Holder& holder) {
  return {{"pid", holder.pid},
          {"uid", holder.uid},
          {"user", UserName(holder.uid)},
          {"command", JsonName(holder.command)},
          {"mapping", holder.mapping},
          {"descriptor", holder.descriptor},
          {"writable", holder.writable},
          {"through_mount", holder.through_mount},
          {"daemon", holder.daemon}};
}

struct Asked {
  Item item;
  Use use = Use::kUnknown;
};

struct Column {
  std::string_view name;
  bool right;
  Cut cut;
  std::string (*text)(const Item& item, const Holder& holder);
  bool by_default = true;
};

const std::array kColumns = {
    Column{"name", false, Cut::kLast, [](const Item& item, const Holder&) { return item.name; }},
    Column{"pid", true, Cut::kNever,
           [](const Item&, const Holder& holder) { return std::to_string(holder.pid); }},
    Column{"user", false, Cut::kFirst,
           [](const Item&, const Holder& holder) { return UserName(holder.uid); }},
    Column{"how", false, Cut::kNever,
           [](const Item&, const Holder& holder) { return HowOf(holder); }},
    Column{"access", false, Cut::kNever,
           [](const Item&, const Holder& holder) -> std::string {
             return holder.writable ? "read-write" : "read-only";
           }},
    Column{"command", false, Cut::kFirst,
           [](const Item&, const Holder& holder) { return holder.command; }},
};

void PrintHolders(const std::vector<Asked>& asked, const HolderTable& holders,
                  const TableOptions& options) {
  Table table(options);
  const auto columns = ChooseColumns(kColumns, options);
  for (const Column* column : columns) {
    table.AddColumn(column->name, column->right, column->cut);
  }
  for (const auto& [item, use] : asked) {
    for (const Holder& holder : holders.Of(item.stat.st_ino)) {
      table.AddRow();
      for (const Column* column : columns) {
        table.AddCell(column->text(item, holder), nullptr);
      }
    }
  }
  table.Print();
  for (const auto& [item, use] : asked) {
    if (use == Use::kHeldUnseen) {
      Complain(item.name, "Held by a process that cannot be seen from here");
    }
  }
}

nlohmann::json BlocksJson(const std::vector<Asked>& asked, const HolderTable& table) {
  auto blocks = nlohmann::json::array();
  for (const auto& [item, use] : asked) {
    auto holders = nlohmann::json::array();
    for (const Holder& holder : table.Of(item.stat.st_ino)) {
      holders.push_back(HolderJson(holder));
    }
    blocks.push_back({{"name", JsonName(item.name)}, {"use", UseName(use)}, {"holders", holders}});
  }
  return {{"blocks", blocks}, {"unseen", table.unseen().size()}, {"hidden", table.hidden()}};
}

/// All blocks and lists where no name is given.
std::vector<std::string> NamesAsked(const Directory& backing, const std::vector<std::string>& words,
                                    int& status) {
  if (!words.empty()) {
    return ExpandPatterns(backing, words, status);
  }
  std::vector<std::string> names;
  const auto items = TakeInventory(backing);
  if (!items) {
    status = Complain("holders", items.error());
    return names;
  }
  for (const Item& item : *items) {
    if (item.kind != ItemKind::kDraft) {
      names.push_back(item.name);
    }
  }
  return names;
}

int ShowHolders(const Directory& backing, const HolderOptions& options, const Context& context) {
  int status = kExitOk;
  std::vector<Asked> asked;
  std::unordered_set<ino_t> inodes;
  for (const std::string& name : NamesAsked(backing, options.names, status)) {
    auto item = Describe(backing, name);
    if (!item) {
      status = Complain(name, item.error());
      continue;
    }
    inodes.insert(item->stat.st_ino);
    asked.push_back({*std::move(item)});
  }
  const auto table = HolderTable::Scan(backing, std::move(inodes));
  if (!table) {
    return Complain("/proc", table.error());
  }
  bool held = false;
  bool unknown = false;
  for (auto& [item, use] : asked) {
    use = FindUse(backing, *table, item);
    held |= use == Use::kHeld || use == Use::kHeldUnseen;
    unknown |= use == Use::kUnknown;
  }
  if (context.json) {
    PrintJson(BlocksJson(asked, *table));
  } else {
    PrintHolders(asked, *table, options.table);
  }
  if (!context.json && (unknown || !table->unseen().empty())) {
    Complain("holders", WhyIncomplete(*table));
  }
  return held ? status : kExitNo;
}

}  // namespace

Use FindUse(const Directory& backing, const HolderTable& table, const Item& item) {
  if (item.kind == ItemKind::kDraft) {
    return Use::kUnknown;
  }
  const auto inode = FindAgain(backing, item);
  const Use use = inode ? UseOf(table, *inode) : Use::kUnknown;
  const auto file_system = backing.GetFileSystem();
  return use == Use::kOrphan && !(file_system && file_system->IsMemory()) ? Use::kFile : use;
}

const char* UseName(Use use) {
  switch (use) {
    case Use::kHeld:
      return "held";
    case Use::kHeldUnseen:
      return "held-unseen";
    case Use::kOrphan:
      return "orphan";
    case Use::kFile:
      return "unheld";
    default:
      return "unknown";
  }
}

std::string WhyIncomplete(const HolderTable& table) {
  constexpr std::size_t kNamed = 3;
  const auto unseen = table.unseen();
  if (unseen.empty()) {
    return "Processes outside of this PID namespace, or hidden in /proc, cannot be seen";
  }
  std::string named;
  for (const pid_t pid : unseen.first(std::min(kNamed, unseen.size()))) {
    std::string command;
    std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/comm"), command);
    named += (named.empty() ? "" : ", ") + std::to_string(pid) + " (" + Printable(command) + ")";
  }
  return Counted(unseen.size(), "process", "processes") +
         " cannot be inspected without CAP_SYS_PTRACE: " + named +
         (unseen.size() > kNamed ? " and others" : "");
}

void AddHolders(CLI::App& app, Context& context) {
  AddCommand<HolderOptions>(
      app, context, "holders",
      "Print which processes map blocks or lists or have them open; exit with 1 if none does",
      [](CLI::App& command, HolderOptions& options) {
        AddWords(command, "NAME", options.names,
                 "Blocks or lists: names, or patterns as in the shell; all without one");
        AddTableOptions(command, options.table, NamesOf(kColumns));
      },
      ShowHolders);
}

}  // namespace shmount
