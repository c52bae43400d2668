// SPDX-License-Identifier: Apache-2.0
// shm ls.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "core/backing/directory.h"
#include "core/lifetime/inventory.h"
#include "tools/shm/arguments.h"
#include "tools/shm/columns.h"
#include "tools/shm/command.h"
#include "tools/shm/format.h"
#include "tools/shm/holders.h"

namespace shmount {
namespace {

const std::map<std::string, ItemKind> kKinds = {{"block", ItemKind::kBlock},
                                                {"list", ItemKind::kList},
                                                {"draft", ItemKind::kDraft},
                                                {"semaphore", ItemKind::kSemaphore}};

struct LsOptions {
  std::vector<std::string> patterns;
  std::vector<std::string> columns;
  std::vector<std::string> kinds;
  std::string sort = "name";
  std::string color = "auto";
  bool reverse = false;
  bool bytes = false;
  bool headings = true;
  bool null = false;
};

bool WantsColor(const std::string& choice) {
  return choice == "always" ||
         (choice == "auto" && isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr);
}

bool Needs(const std::vector<const Column*>& columns, Need need) {
  return std::ranges::any_of(columns,
                             [need](const Column* column) { return column->need == need; });
}

bool IsWanted(const Item& item, const LsOptions& options) {
  const auto is_kind = [&item](const std::string& kind) { return kKinds.at(kind) == item.kind; };
  return Matches(options.patterns, item.name) &&
         (options.kinds.empty() || std::ranges::any_of(options.kinds, is_kind));
}

/// Looks up what the columns need, and no more: holders and types cost time.
Result<std::vector<Row>> Gather(const Directory& backing, const LsOptions& options,
                                const std::vector<const Column*>& columns, bool* complete) {
  auto items = TRY(TakeInventory(backing));
  std::erase_if(items, [&](const Item& item) { return !IsWanted(item, options); });
  std::vector<Row> rows;
  std::unordered_set<ino_t> inodes;
  for (Item& item : items) {
    inodes.insert(item.stat.st_ino);
    rows.push_back({std::move(item)});
  }
  if (Needs(columns, Need::kHolders)) {
    const auto table = TRY(HolderTable::Scan(backing, std::move(inodes)));
    for (Row& row : rows) {
      row.holders = table.Of(row.item.stat.st_ino).size();
      row.use = FindUse(backing, table, row.item);
      *complete &= row.use != Use::kUnknown || row.item.kind == ItemKind::kDraft;
    }
  }
  if (Needs(columns, Need::kTypes)) {
    for (Row& row : rows) {
      const auto counts = row.item.kind == ItemKind::kList ? CountTypes(backing, row.item)
                                                           : Result<TypeCounts>(TypeCounts{});
      row.types = counts.value_or(TypeCounts{});
    }
  }
  return rows;
}

void PrintTable(const std::vector<Row>& rows, const std::vector<const Column*>& columns,
                const LsOptions& options) {
  std::vector<TextTable::Column> headings;
  headings.reserve(columns.size());
  for (const Column* column : columns) {
    std::string heading(column->name);
    std::ranges::transform(heading, heading.begin(), [](unsigned char c) { return toupper(c); });
    headings.push_back({heading, column->right});
  }
  TextTable table(std::move(headings));
  const bool color = WantsColor(options.color);
  for (const Row& row : rows) {
    std::vector<TextTable::Cell> cells;
    for (const Column* column : columns) {
      cells.push_back({column->text(row, options.bytes),
                       color && column->name == "name" ? ColorOf(row) : nullptr});
    }
    table.Add(std::move(cells));
  }
  Print(table.Text(options.headings));
}

/// For programs: a name may hold every byte but this one.
void PrintNames(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    Print(row.item.name + '\0');
  }
}

void PrintRowsJson(const std::vector<Row>& rows, const std::vector<const Column*>& columns) {
  auto json = nlohmann::json::array();
  for (const Row& row : rows) {
    auto object = nlohmann::json::object();
    for (const Column* column : columns) {
      object[std::string(column->name)] = column->json(row);
    }
    json.push_back(std::move(object));
  }
  PrintJson(json);
}

int Ls(const Directory& backing, const LsOptions& options, const Context& context) {
  std::vector<const Column*> columns;
  columns.reserve(options.columns.size());
  for (const std::string& name : options.columns) {
    columns.push_back(FindColumn(name));
  }
  if (columns.empty() && !options.null) {
    columns = context.json ? AllColumns() : DefaultColumns();
  }
  const Column* sort = FindColumn(options.sort);
  std::vector<const Column*> needed = columns;
  needed.push_back(sort);
  bool complete = true;
  auto rows = Gather(backing, options, needed, &complete);
  if (!rows) {
    return Complain(context.backing, rows.error());
  }
  // Equal keys are sorted by name, which is unique.
  std::ranges::sort(*rows, [sort](const Row& a, const Row& b) {
    return std::make_pair(sort->key(a), a.item.name) < std::make_pair(sort->key(b), b.item.name);
  });
  if (options.reverse) {
    std::ranges::reverse(*rows);
  }
  if (options.null) {
    PrintNames(*rows);
  } else if (context.json) {
    PrintRowsJson(*rows, columns);
  } else {
    PrintTable(*rows, columns, options);
  }
  if (!complete) {
    Complain(
        "ls",
        "Processes of other users cannot be inspected; '?' stands for what that leaves unknown");
  }
  return rows->empty() && !options.patterns.empty() ? kExitNo : kExitOk;
}

void Declare(CLI::App& command, LsOptions& options) {
  std::vector<std::string> names;
  std::string all;
  for (const Column* column : AllColumns()) {
    names.emplace_back(column->name);
    all += (all.empty() ? "" : ", ") + names.back();
  }
  AddWords(command, "PATTERN", options.patterns, "Only names that match one, as in the shell");
  CLI::Option* output =
      command.add_option("-o,--output", options.columns, "Columns to print: " + all)
          ->delimiter(',')
          ->check(CLI::IsMember(names))
          ->allow_extra_args(false)
          ->type_name("COLUMN,...");
  command.add_option("--kind", options.kinds, "Only these: block, list, draft, semaphore")
      ->delimiter(',')
      ->check(CLI::IsMember({"block", "list", "draft", "semaphore"}))
      ->allow_extra_args(false)
      ->type_name("KIND,...");
  command.add_option("--sort", options.sort, "Sort by this column")
      ->check(CLI::IsMember(names))
      ->type_name("COLUMN")
      ->capture_default_str();
  command.add_flag("-r,--reverse", options.reverse, "Sort the other way round");
  command.add_flag("-b,--bytes", options.bytes, "Print sizes in bytes");
  command.add_flag("!--noheadings", options.headings, "Print no headings");
  command.add_flag("--null", options.null, "Print names alone, as they are, a NUL after each")
      ->excludes(output);
  command.add_option("--color", options.color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("WHEN")
      ->capture_default_str();
}

}  // namespace

void AddLs(CLI::App& app, Context& context) {
  AddCommand<LsOptions>(app, context, "ls",
                        "List blocks, lists, drafts and semaphores, and who uses them", Declare,
                        Ls);
}

}  // namespace shmount
