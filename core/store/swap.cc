// SPDX-License-Identifier: Apache-2.0
#include "core/store/swap.h"

#include <charconv>
#include <cstdio>
#include <vector>

namespace shmount {
namespace {

constexpr std::string_view kRemovedSuffix = ".removed";
constexpr std::string_view kReturnedSuffix = ".returned";
constexpr std::size_t kLongestName = 255;

// Removes ".NUMBER" from the end.
std::optional<std::uint64_t> TakeLastNumber(std::string_view& name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) {
    return std::nullopt;
  }
  std::uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(name.data() + dot + 1, name.data() + name.size(), number);
  if (error != std::errc{} || end != name.data() + name.size() || dot + 1 == name.size()) {
    return std::nullopt;
  }
  name.remove_suffix(name.size() - dot);
  return number;
}

}  // namespace

std::string SwapName::Format() const {
  std::string name = Staging::NovelName();
  name.append(".").append(std::to_string(made)).append(".").append(std::to_string(meant));
  return name.append(end == SwapEnd::kRemoved ? kRemovedSuffix : kReturnedSuffix);
}

std::optional<SwapName> SwapName::Parse(std::string_view name) {
  SwapName swap;
  if (name.ends_with(kRemovedSuffix)) {
    name.remove_suffix(kRemovedSuffix.size());
  } else if (name.ends_with(kReturnedSuffix)) {
    name.remove_suffix(kReturnedSuffix.size());
    swap.end = SwapEnd::kReturned;
  } else {
    return std::nullopt;
  }
  const auto meant = TakeLastNumber(name);
  const auto made = meant ? TakeLastNumber(name) : std::nullopt;
  if (!made) {
    return std::nullopt;
  }
  swap.meant = *meant;
  swap.made = *made;
  return swap;
}

bool SameFile(const struct stat& one, const struct stat& other) {
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

Status RenameWritable(std::initializer_list<const Inode*> moved, const Move& move) {
  const auto rename = [&move] {
    return move.from.Rename(move.name.c_str(), move.to, move.new_name.c_str(), move.flags);
  };
  auto done = rename();
  if (done || done.error().code != EACCES) {
    return done;
  }
  std::vector<const Inode*> opened;
  for (const Inode* inode : moved) {
    const mode_t mode = inode->stat().st_mode & 07777;
    if (inode->is_directory() && (mode & S_IWUSR) == 0 && inode->SetMode(mode | S_IWUSR)) {
      opened.push_back(inode);
    }
  }
  if (opened.empty()) {
    return done;
  }
  done = rename();
  const auto close = [](const Inode* inode) {
    return inode->SetMode(inode->stat().st_mode & 07777);
  };
  for (const Inode* inode : opened) {
    if (const auto closed = close(inode); !closed && !close(inode) && done) {
      (void)move.to.Rename(move.new_name.c_str(), move.from, move.name.c_str(), move.flags);
      done = closed;
    }
  }
  return done;
}

namespace {

// Undoes an exchange that put `made` at `name` and moved the wrong inode, `taken`, to the staging
// directory.
void TakeBack(const Staging& staging, const std::string& staged, const Directory& backing,
              const std::string& name, const Inode& made, const Inode& taken) {
  const Directory& where = staging.directory();
  if (!RenameWritable({&made, &taken}, {where, staged, backing, name, RENAME_EXCHANGE})) {
    (void)GiveBack(where, staged, backing, name);  // the name was removed meanwhile
    return;
  }
  const auto back = where.Find(staged.c_str());
  if (back && !SameFile(back->stat(), made.stat())) {
    (void)GiveBack(where, staged, backing, name);  // somebody made it between the two exchanges
  }
}

}  // namespace

Status Exchange(const Staging& staging, const std::string& staged, const Directory& backing,
                const std::string& name, const struct stat& meant) {
  const auto lock = TRY(staging.LockSwaps());
  const Directory& where = staging.directory();
  const auto made = TRY(where.Find(staged.c_str()));
  const auto there = TRY(backing.Find(name.c_str()));
  if (!SameFile(there.stat(), meant)) {
    return Fail(ESTALE, name);
  }
  TRY(RenameWritable({&made, &there}, {where, staged, backing, name, RENAME_EXCHANGE}));
  const auto taken = where.Find(staged.c_str());
  if (taken && SameFile(taken->stat(), meant)) {
    return {};
  }
  TakeBack(staging, staged, backing, name, made, taken ? *taken : there);
  return taken ? Fail(ESTALE, name) : std::unexpected(taken.error());
}

Status RemoveMeant(const StagingArea& area, const std::string& name, const struct stat& meant,
                   Contents contents) {
  const Directory& backing = area.backing();
  const auto staging = TRY(area.OpenFor(meant.st_uid, meant.st_gid));
  const auto lock = TRY(staging.LockSwaps());
  const Directory& where = staging.directory();
  const auto there = TRY(backing.Find(name.c_str()));
  if (!SameFile(there.stat(), meant)) {
    return Fail(ESTALE, name);
  }
  const std::string staged = SwapName{.made = 0, .meant = meant.st_ino}.Format();
  TRY(RenameWritable({&there}, {backing, name, where, staged, RENAME_NOREPLACE}));
  const auto taken = where.Find(staged.c_str());
  if (!taken || !SameFile(taken->stat(), meant)) {
    const auto back = GiveBack(where, staged, backing, name);
    return back ? Fail(taken ? ESTALE : taken.error().code, name) : back;
  }
  // Its name is gone: that is success. A file that cannot be removed now is left to recovery.
  if (!taken->is_directory()) {
    (void)where.Unlink(staged.c_str());
  } else if (contents == Contents::kRemoved) {
    (void)RemoveTree(where, staged.c_str());
  } else if (const auto gone = where.RemoveDirectory(staged.c_str());
             !gone && gone.error().code == ENOTEMPTY) {
    TRY(GiveBack(where, staged, backing, name));
    return gone;
  }
  return {};
}

Status GiveBack(const Directory& staging, const std::string& staged, const Directory& backing,
                const std::string& name) {
  constexpr int kTries = 1000;
  const auto inode = TRY(staging.Find(staged.c_str()));
  std::string free = name;
  for (int i = 1;; ++i) {
    const auto moved = RenameWritable({&inode}, {staging, staged, backing, free, RENAME_NOREPLACE});
    if (moved || moved.error().code != EEXIST || i == kTries) {
      return moved;
    }
    const std::string number = "." + std::to_string(i);
    free = name.substr(0, kLongestName - number.size()) + number;
  }
}

}  // namespace shmount
