// SPDX-License-Identifier: Apache-2.0
#include "tools/shm/columns.h"

#include <fmt/core.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/list/layout.h"
#include "tools/shm/command.h"
#include "tools/shm/format.h"
#include "tools/shm/holders.h"

namespace shmount {
namespace {

using nlohmann::json;

std::string KindText(const Row& row) {
  switch (row.item.kind) {
    case ItemKind::kList:
      return row.item.shape.layout == Layout::kV1 ? "list V1" : "list V2";
    case ItemKind::kDraft:
      return "draft";
    case ItemKind::kSemaphore:
      return "semaphore";
    default:
      return "block";
  }
}

bool IsList(const Row& row) { return row.item.kind == ItemKind::kList; }

/// "2 int, 1 str".
std::string TypesText(const Row& row) {
  std::string text;
  for (std::size_t i = 0; i < row.types.size(); ++i) {
    if (row.types[i] > 0) {
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", row.types[i],
                          i < kTypeNames.size() ? kTypeNames[i] : "damaged");
    }
  }
  return text.empty() ? "-" : text;
}

json TypesJson(const Row& row) {
  json object = json::object();
  for (std::size_t i = 0; i < row.types.size(); ++i) {
    if (row.types[i] > 0) {
      object[i < kTypeNames.size() ? std::string(kTypeNames[i]) : "damaged"] = row.types[i];
    }
  }
  return object;
}

std::string HoldersText(const Row& row) {
  switch (row.use) {
    case Use::kHeldUnseen:
      return "1+";
    case Use::kUnknown:
      return row.item.kind == ItemKind::kDraft ? "-" : "?";
    default:
      return std::to_string(row.holders);
  }
}

json HoldersJson(const Row& row) {
  const bool counted = row.use != Use::kHeldUnseen && row.use != Use::kUnknown;
  return counted ? json(row.holders) : json();
}

std::string OrphanText(const Row& row) {
  return row.use == Use::kOrphan ? "orphan" : row.use == Use::kUnknown ? "?" : "-";
}

std::string TimeText(const struct timespec& when) {
  struct tm local;
  std::array<char, 32> text;
  localtime_r(&when.tv_sec, &local);
  return {text.data(), std::strftime(text.data(), text.size(), "%F %T", &local)};
}

const std::array kColumns = {
    Column{.name = "name",
           .cut = Cut::kLast,
           .json = [](const Row& row) -> json { return JsonName(row.item.name); },
           .text = [](const Row& row) { return row.item.name; }},
    Column{.name = "kind", .json = [](const Row& row) -> json { return KindText(row); }},
    Column{.name = "length",
           .right = true,
           .large_first = true,
           .json = [](const Row& row) -> json {
             return IsList(row) ? json(row.item.shape.count) : json();
           }},
    Column{.name = "types",
           .by_default = false,
           .cut = Cut::kFirst,
           .need = Need::kTypes,
           .json = TypesJson,
           .text = TypesText},
    Column{.name = "size",
           .right = true,
           .large_first = true,
           .size = true,
           .json = [](const Row& row) -> json { return row.item.size(); }},
    Column{.name = "resident",
           .right = true,
           .large_first = true,
           .size = true,
           .json = [](const Row& row) -> json { return row.item.resident(); }},
    Column{.name = "owner",
           .cut = Cut::kFirst,
           .json = [](const Row& row) -> json { return UserName(row.item.stat.st_uid); }},
    Column{.name = "group",
           .by_default = false,
           .cut = Cut::kFirst,
           .json = [](const Row& row) -> json { return GroupName(row.item.stat.st_gid); }},
    Column{.name = "mode",
           .json = [](const Row& row) -> json { return ModeString(row.item.stat.st_mode); }},
    Column{.name = "age",
           .right = true,
           .json = [](const Row& row) -> json { return AgeOf(row.item.changed()); },
           .text = [](const Row& row) { return HumanAge(AgeOf(row.item.changed())); }},
    Column{.name = "changed",
           .by_default = false,
           .json = [](const Row& row) -> json { return row.item.changed().tv_sec; },
           .text = [](const Row& row) { return TimeText(row.item.changed()); }},
    Column{.name = "holders",
           .right = true,
           .large_first = true,
           .need = Need::kHolders,
           .json = HoldersJson,
           .text = HoldersText},
    Column{.name = "orphan",
           .large_first = true,
           .need = Need::kHolders,
           .json = [](const Row& row) -> json {
             return row.use == Use::kUnknown ? json() : json(row.use == Use::kOrphan);
           },
           .text = OrphanText},
    Column{
        .name = "manager",
        .cut = Cut::kFirst,
        .json = [](const Row& row) -> json {
          return row.item.manager.empty() ? json() : json(JsonName(row.item.manager));
        },
        .text = [](const Row& row) { return row.item.manager.empty() ? "-" : row.item.manager; }},
    Column{.name = "inode",
           .by_default = false,
           .right = true,
           .json = [](const Row& row) -> json { return row.item.stat.st_ino; }},
};

}  // namespace

std::span<const Column> AllColumns() { return kColumns; }

std::string TextOf(const Column& column, const Row& row, bool bytes) {
  if (column.text != nullptr) {
    return column.text(row);
  }
  const json value = column.json(row);
  if (column.size && !bytes) {
    return HumanSize(value.get<std::uint64_t>());
  }
  return value.is_null() ? "-" : value.is_string() ? value.get<std::string>() : value.dump();
}

const char* ColorOf(const Row& row) {
  if (row.use == Use::kOrphan) {
    return "\033[31m";  // red
  }
  switch (row.item.kind) {
    case ItemKind::kList:
      return "\033[01;34m";  // as ls shows directories
    case ItemKind::kDraft:
      return "\033[36m";
    case ItemKind::kSemaphore:
      return "\033[33m";
    default:
      return nullptr;
  }
}

}  // namespace shmount
