// SPDX-License-Identifier: Apache-2.0
// shm ls.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <tuple>

#include "core/backing/directory.h"
#include "core/lifetime/inventory.h"
#include "tools/cli/command_line.h"
#include "tools/shm/arguments.h"
#include "tools/shm/columns.h"
#include "tools/shm/command.h"
#include "tools/shm/holders.h"
#include "tools/shm/table.h"

namespace shmount {
namespace {

const std::map<std::string, ItemKind> kKinds = {{"block", ItemKind::kBlock},
                                                {"list", ItemKind::kList},
                                                {"draft", ItemKind::kDraft},
                                                {"semaphore", ItemKind::kSemaphore}};

struct LsOptions {
  std::vector<std::string> patterns;
  TableOptions table;
  std::vector<std::string> kinds;
  std::string sort = "name";
  std::string color = "auto";
  bool reverse = false;
  bool bytes = false;
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
  Table table(options.table);
  for (const Column* column : columns) {
    table.AddColumn(column->name, column->right, column->cut);
  }
  const bool color = WantsColor(options.color);
  for (const Row& row : rows) {
    table.AddRow();
    for (const Column* column : columns) {
      table.AddCell(TextOf(*column, row, options.bytes),
                    color && column->name == "name" ? ColorOf(row) : nullptr);
    }
  }
  table.Print();
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
  TableOptions table = options.table;
  table.all |= context.json && table.columns.empty();
  const auto columns =
      options.null ? std::vector<const Column*>() : ChooseColumns(AllColumns(), table);
  const Column* sort = ChooseColumns(AllColumns(), {.columns = {options.sort}}).front();
  std::vector<const Column*> needed = columns;
  needed.push_back(sort);
  bool complete = true;
  auto rows = Gather(backing, options, needed, &complete);
  if (!rows) {
    return Complain(context.backing, rows.error());
  }
  // Equal keys are sorted by name, which is unique.
  std::ranges::sort(*rows, [sort](const Row& a, const Row& b) {
    const auto [first, second] = sort->large_first ? std::tie(b, a) : std::tie(a, b);
    const auto left = sort->json(first);
    const auto right = sort->json(second);
    return left == right ? a.item.name < b.item.name : left < right;
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
    Complain("ls", "Not all processes can be inspected; '?' stands for what that leaves unknown");
  }
  return rows->empty() && !options.patterns.empty() ? kExitNo : kExitOk;
}

void Declare(CLI::App& command, LsOptions& options) {
  const std::vector<std::string> names = NamesOf(AllColumns());
  AddWords(command, "PATTERN", options.patterns, "Shell patterns; only names that match one");
  CLI::Option* output = AddTableOptions(command, options.table, names);
  CLI::Option* all = command.add_flag("-O,--output-all", options.table.all, "Print all columns");
  all->excludes(output);
  command.add_option("--kind", options.kinds, "Only these kinds: block, list, draft, semaphore")
      ->delimiter(',')
      ->transform(OneOf({"block", "list", "draft", "semaphore"}))
      ->allow_extra_args(false)
      ->type_name("KIND,...");
  command.add_option("--sort", options.sort, "Sort by this column")
      ->transform(OneOf(names))
      ->type_name("COLUMN")
      ->capture_default_str();
  command.add_flag("--reverse", options.reverse, "Sort the other way round");
  command.add_flag("-b,--bytes", options.bytes, "Print sizes in bytes");
  command
      .add_flag("--null", options.null, "Print only names, byte for byte, with a NUL after each")
      ->excludes(output)
      ->excludes(all);
  command.add_option("--color", options.color, "Color orphans: auto, always or never")
      ->transform(OneOf({"auto", "always", "never"}))
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
