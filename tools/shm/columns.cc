// SPDX-License-Identifier: Apache-2.0
#include "tools/shm/columns.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "core/list/layout.h"
#include "core/value/utf8.h"
#include "tools/shm/format.h"
#include "tools/shm/holders.h"

namespace shmount {
namespace {

using nlohmann::json;
using Key = Column::Key;

std::string SizeText(std::uint64_t size, bool bytes) {
  return bytes ? std::to_string(size) : HumanSize(size);
}

/// A key that sorts large sizes first, as ls -S does.
Key Descending(std::uint64_t number) { return -static_cast<std::int64_t>(number); }

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
    Column{"name", false, true, Need::kNothing,
           [](const Row& row, bool) { return Printable(row.item.name); },
           [](const Row& row) -> json { return row.item.name; },
           [](const Row& row) -> Key { return row.item.name; }},
    Column{"kind", false, true, Need::kNothing, [](const Row& row, bool) { return KindText(row); },
           [](const Row& row) -> json { return KindText(row); },
           [](const Row& row) -> Key { return KindText(row); }},
    Column{"length", true, true, Need::kNothing,
           [](const Row& row, bool) {
             return IsList(row) ? std::to_string(row.item.shape.count) : "-";
           },
           [](const Row& row) -> json { return IsList(row) ? json(row.item.shape.count) : json(); },
           [](const Row& row) -> Key { return Descending(row.item.shape.count); }},
    Column{"types", false, false, Need::kTypes, [](const Row& row, bool) { return TypesText(row); },
           TypesJson, [](const Row& row) -> Key { return TypesText(row); }},
    Column{"size", true, true, Need::kNothing,
           [](const Row& row, bool bytes) { return SizeText(row.item.size(), bytes); },
           [](const Row& row) -> json { return row.item.size(); },
           [](const Row& row) -> Key { return Descending(row.item.size()); }},
    Column{"resident", true, true, Need::kNothing,
           [](const Row& row, bool bytes) { return SizeText(row.item.resident(), bytes); },
           [](const Row& row) -> json { return row.item.resident(); },
           [](const Row& row) -> Key { return Descending(row.item.resident()); }},
    Column{"owner", false, true, Need::kNothing,
           [](const Row& row, bool) { return UserName(row.item.stat.st_uid); },
           [](const Row& row) -> json { return UserName(row.item.stat.st_uid); },
           [](const Row& row) -> Key { return UserName(row.item.stat.st_uid); }},
    Column{"group", false, false, Need::kNothing,
           [](const Row& row, bool) { return GroupName(row.item.stat.st_gid); },
           [](const Row& row) -> json { return GroupName(row.item.stat.st_gid); },
           [](const Row& row) -> Key { return GroupName(row.item.stat.st_gid); }},
    Column{"mode", false, true, Need::kNothing,
           [](const Row& row, bool) { return ModeString(row.item.stat.st_mode); },
           [](const Row& row) -> json { return ModeString(row.item.stat.st_mode); },
           [](const Row& row) -> Key { return ModeString(row.item.stat.st_mode); }},
    Column{"age", true, true, Need::kNothing,
           [](const Row& row, bool) { return HumanAge(AgeOf(row.item.changed())); },
           [](const Row& row) -> json { return AgeOf(row.item.changed()); },
           [](const Row& row) -> Key { return AgeOf(row.item.changed()); }},
    Column{"changed", false, false, Need::kNothing,
           [](const Row& row, bool) { return TimeText(row.item.changed()); },
           [](const Row& row) -> json { return row.item.changed().tv_sec; },
           [](const Row& row) -> Key { return row.item.changed().tv_sec; }},
    Column{"holders", true, true, Need::kHolders,
           [](const Row& row, bool) { return HoldersText(row); },
           [](const Row& row) -> json {
             return row.use == Use::kHeld || row.use == Use::kOrphan ? json(row.holders) : json();
           },
           [](const Row& row) -> Key { return Descending(row.holders); }},
    Column{"orphan", false, true, Need::kHolders,
           [](const Row& row, bool) { return OrphanText(row); },
           [](const Row& row) -> json {
             return row.use == Use::kUnknown ? json() : json(row.use == Use::kOrphan);
           },
           [](const Row& row) -> Key { return row.use == Use::kOrphan ? 0 : 1; }},
    Column{"manager", false, true, Need::kNothing,
           [](const Row& row, bool) {
             return row.item.manager.empty() ? "-" : Printable(row.item.manager);
           },
           [](const Row& row) -> json {
             return row.item.manager.empty() ? json() : json(row.item.manager);
           },
           [](const Row& row) -> Key { return row.item.manager; }},
    Column{"inode", true, false, Need::kNothing,
           [](const Row& row, bool) { return std::to_string(row.item.stat.st_ino); },
           [](const Row& row) -> json { return row.item.stat.st_ino; },
           [](const Row& row) -> Key { return static_cast<std::int64_t>(row.item.stat.st_ino); }},
};

}  // namespace

const Column* FindColumn(std::string_view name) {
  const auto* const found = std::ranges::find(kColumns, name, &Column::name);
  return found == kColumns.end() ? nullptr : &*found;
}

std::vector<const Column*> AllColumns() {
  std::vector<const Column*> columns;
  for (const Column& column : kColumns) {
    columns.push_back(&column);
  }
  return columns;
}

std::vector<const Column*> DefaultColumns() {
  auto columns = AllColumns();
  std::erase_if(columns, [](const Column* column) { return !column->by_default; });
  return columns;
}

const char* ColorOf(const Row& row) {
  if (row.use == Use::kOrphan) {
    return "31";  // red
  }
  switch (row.item.kind) {
    case ItemKind::kList:
      return "01;34";  // as ls shows directories
    case ItemKind::kDraft:
      return "36";
    case ItemKind::kSemaphore:
      return "33";
    default:
      return nullptr;
  }
}

}  // namespace shmount
