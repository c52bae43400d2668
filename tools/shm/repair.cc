// SPDX-License-Identifier: Apache-2.0
// shm check, shm upgrade.
#include <fcntl.h>

#include <cstdint>

#include "core/backing/directory.h"
#include "core/backing/xattr_names.h"
#include "core/list/check.h"
#include "core/list/layout.h"
#include "core/store/upgrade.h"
#include "core/value/utf8.h"
#include "tools/shm/arguments.h"
#include "tools/shm/command.h"
#include "tools/shm/format.h"

namespace shmount {
namespace {

struct CheckOptions {
  std::vector<std::string> names;
};

nlohmann::json DamageJson(const Damage& damage) {
  nlohmann::json json = {{"offset", damage.offset}, {"what", damage.what}};
  if (damage.element) {
    json["element"] = *damage.element;
  }
  return json;
}

std::string DamageLine(const std::string& name, const Damage& damage) {
  const std::string element =
      damage.element ? "element " + std::to_string(*damage.element) + ", " : "";
  return Printable(name) + ": " + element + "offset " + std::to_string(damage.offset) + ": " +
         damage.what + "\n";
}

std::string SumLine(const std::string& name, const ListCheck& check) {
  const std::string damages =
      std::to_string(check.damages) + (check.damages == 1 ? " damage found" : " damages found");
  if (!check.is_list) {
    return Printable(name) + ": not a list\n";
  }
  const char* layout = check.shape->layout == Layout::kV1 ? "3.8" : "3.9 and later";
  return Printable(name) + ": a list of " + std::to_string(check.shape->count) + ", as CPython " +
         layout + " lays it out: " + (check.damages == 0 ? "no damage" : damages) + "\n";
}

/// Prints each damage when it is found, or collects it for JSON.
Result<ListCheck> CheckOne(const Directory& backing, const std::string& name,
                           nlohmann::json* json) {
  const auto inode = TRY(backing.Find(name.c_str()));
  const auto file = TRY(inode.Open(O_RDONLY));
  const auto size = static_cast<std::uint64_t>(inode.stat().st_size);
  auto damages = nlohmann::json::array();
  const auto marked = TRY(inode.HasXattr(kListXattr));
  const auto check = CheckList(file, size, marked, [&](const Damage& damage) {
    if (json != nullptr) {
      damages.push_back(DamageJson(damage));
    } else {
      Print(DamageLine(name, damage));
    }
  });
  if (check && json != nullptr) {
    nlohmann::json entry = {
        {"name", JsonName(name)}, {"list", check->is_list}, {"damages", damages}};
    if (check->shape) {
      entry["length"] = check->shape->count;
      entry["layout"] = static_cast<int>(check->shape->layout);
    }
    json->push_back(entry);
  } else if (check) {
    Print(SumLine(name, *check));
  }
  return check;
}

int Check(const Directory& backing, const CheckOptions& options, const Context& context) {
  int status = kExitOk;
  auto json = nlohmann::json::array();
  for (const std::string& name : ExpandPatterns(backing, options.names, status)) {
    const auto check = CheckOne(backing, name, context.json ? &json : nullptr);
    if (!check) {
      status = Complain(name, check.error());
    } else if (!check->is_list || check->damages > 0) {
      status = kExitNo;
    }
  }
  if (context.json) {
    PrintJson(json);
  }
  return status;
}

struct UpgradeOptions {
  std::vector<std::string> names;
  bool force = false;
};

int UpgradeAll(const Directory& backing, const UpgradeOptions& options, const Context&) {
  int status = kExitOk;
  for (const std::string& name : ExpandPatterns(backing, options.names, status)) {
    const auto done = UpgradeList(backing, name.c_str(), options.force);
    if (done || done.error().code == EALREADY) {
      continue;
    }
    switch (done.error().code) {
      case ESTALE:
        status = Complain(name, "Not a list; 'shm check' tells why");
        break;
      case EBUSY:
        status = Complain(name,
                          "In use, see 'shm holders'; --force leaves the old block to its holders");
        break;
      default:
        status = Complain(name, done.error());
    }
  }
  return status;
}

}  // namespace

void AddRepair(CLI::App& app, Context& context) {
  AddCommand<CheckOptions>(
      app, context, "check",
      "Look for damage in lists, and for why a block is not a list; exit with 1 if any",
      [](CLI::App& command, CheckOptions& options) {
        AddWords(command, "NAME", options.names, "The lists: names, or patterns as in the shell")
            ->required();
      },
      Check);
  AddCommand<UpgradeOptions>(
      app, context, "upgrade",
      "Convert lists from the layout of CPython 3.8 to that of 3.9 and later",
      [](CLI::App& command, UpgradeOptions& options) {
        AddWords(command, "NAME", options.names, "The lists: names, or patterns as in the shell")
            ->required();
        command.add_flag(
            "-f,--force", options.force,
            "Convert even a list that a process holds; the process keeps the old block "
            "and no longer shares it");
      },
      UpgradeAll);
}

}  // namespace shmount
