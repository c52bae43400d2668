// SPDX-License-Identifier: Apache-2.0
#include "core/store/recover.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/backing/act_as.h"
#include "core/backing/block_name.h"
#include "core/backing/dir_stream.h"
#include "core/backing/inode.h"
#include "core/store/draft.h"
#include "core/store/journal.h"
#include "core/store/staging.h"
#include "core/store/staging_area.h"
#include "core/store/swap.h"

namespace shmount {
namespace {

// The name that an inode gets if its own is unknown.
constexpr const char* kFallbackName = "recovered";

// Whether no process holds a lock on it. A file that cannot be opened may be locked.
bool IsAbandoned(const Directory& directory, const std::string& name) {
  const auto inode = directory.Find(name.c_str());
  if (inode && inode->is_directory()) {
    const auto left = directory.OpenDirectory(name.c_str());
    return left && left->Lock(LOCK_EX | LOCK_NB);
  }
  const auto left = inode && inode->is_block() ? inode->Open(O_RDONLY) : Fail(EINVAL, name);
  return left && left->Lock(LOCK_EX | LOCK_NB);
}

// Limits on the staging directories of one user and the files in each that are handled at a time,
// and on how often the backing is read for them. A kill leaves a few files, but the user can put
// any number there.
constexpr unsigned kMostDirectories = 8;
constexpr std::size_t kMostLeft = 1000;
constexpr unsigned kMostReads = 4;

// Finds the names in the backing of inodes that the leftovers refer to.
class NameFinder {
 public:
  explicit NameFinder(const Directory& backing) : backing_(backing) {}

  // Finds all of these names in one pass.
  Status Read(const std::unordered_set<std::uint64_t>& inodes) {
    if (inodes.empty()) {
      return {};
    }
    return backing_.ForEach([&](const DirEntry& entry) -> Result<bool> {
      if (inodes.contains(entry.ino)) {
        names_.try_emplace(entry.ino, entry.name);
      }
      return true;
    });
  }

  // ENOENT; EBUSY: too many inodes were renamed since the first pass.
  Result<std::string> NameOf(std::uint64_t ino) {
    if (const auto it = names_.find(ino); it != names_.end()) {
      const auto inode = backing_.Find(it->second.c_str());
      if (inode && inode->stat().st_ino == ino) {
        return it->second;
      }
    }
    return ++reads_ > kMostReads ? Fail(EBUSY, "names that change") : backing_.NameOf(ino);
  }

 private:
  const Directory& backing_;
  std::unordered_map<std::uint64_t, std::string> names_;
  unsigned reads_ = 0;
};

// Recovers one staging directory after a kill.
class Recovery {
 public:
  Recovery(const Directory& backing, const Staging& staging)
      : backing_(backing), staging_(staging), where_(staging.directory()), finder_(backing) {}

  Status Run() {
    std::vector<std::string> names;
    std::unordered_set<std::uint64_t> inodes;
    TRY(where_.ForEach([&](const DirEntry& entry) -> Result<bool> {
      const std::string& name = names.emplace_back(entry.name);
      inodes.insert(TargetOf(name));
      return names.size() < kMostLeft;
    }));
    inodes.erase(0);
    TRY(finder_.Read(inodes));
    // Claimed drafts come first: the stand-in that another exchange moved here tells what became of
    // its draft.
    for (const SwapEnd end : {SwapEnd::kReturned, SwapEnd::kRemoved}) {
      for (const std::string& name : names) {
        if (const auto swap = SwapName::Parse(name); swap && swap->end == end) {
          Finish(name, *swap);
        }
      }
    }
    for (const std::string& name : names) {
      if (!SwapName::Parse(name)) {
        RemoveUnfinished(name);
      }
    }
    return {};
  }

 private:
  // The number of the inode whose name in the backing is needed to finish this; 0 for none.
  std::uint64_t TargetOf(const std::string& name) const {
    if (const auto swap = SwapName::Parse(name)) {
      return swap->made;
    }
    const auto inode = JournalEntry::IsName(name) ? where_.Find(name.c_str()) : Fail(ENOENT, name);
    const auto entry = inode ? inode->Open(O_RDONLY) : std::unexpected(inode.error());
    return entry ? JournalEntry::AssignedInode(*entry) : 0;
  }

  void Finish(const std::string& name, const SwapName& swap) {
    const auto inode = where_.Find(name.c_str());
    if (!inode) {
      return;
    }
    const std::uint64_t ino = inode->stat().st_ino;
    if (ino == swap.made || (ino == swap.meant && swap.end == SwapEnd::kRemoved)) {
      RemoveIfAbandoned(name, *inode);
    } else if (const auto at = swap.made == 0 ? Fail(ENOENT, name) : finder_.NameOf(swap.made)) {
      UndoExchange(name, *at, swap);
    } else if (at.error().code == ENOENT) {
      FinishAlone(name, swap, *inode);
    }
  }

  void RemoveIfAbandoned(const std::string& name, const Inode& inode) {
    if (!IsAbandoned(where_, name)) {
      return;
    }
    if (!inode.is_directory()) {
      (void)where_.Unlink(name.c_str());
    } else if (const auto kind = KindOfDraft(inode); kind && *kind == DraftKind::kStandIn) {
      (void)RemoveStandIn(where_, name, backing_, kFallbackName);
    } else if (kind) {
      (void)inode.SetMode(0700);
      (void)RemoveTree(where_, name.c_str());
    }
  }

  // Undoes an exchange: what it moved here goes back to where the file that replaced it is now.
  void UndoExchange(const std::string& name, const std::string& at, const SwapName& swap) {
    const auto made = backing_.Find(at.c_str());
    if (!made || made->stat().st_ino != swap.made || !IsAbandoned(backing_, at)) {
      return;
    }
    if (Exchange(staging_, name, backing_, at, made->stat())) {
      RemoveIfAbandoned(name, *made);
    }
  }

  // Handles an inode whose replacement is not in the backing any more. Removes it if it is a draft
  // that was sealed; otherwise gives it a name in the backing again.
  void FinishAlone(const std::string& name, const SwapName& swap, const Inode& inode) {
    const auto stand_in = where_.NameOf(swap.made);
    const bool sealed = swap.end == SwapEnd::kReturned && swap.made != 0 && stand_in;
    if (sealed) {
      if (IsAbandoned(where_, *stand_in)) {
        (void)inode.SetMode(0700);
        (void)RemoveTree(where_, name.c_str());
      }
    } else if (swap.made == 0 || (!stand_in && stand_in.error().code == ENOENT)) {
      (void)GiveBack(where_, name, backing_, kFallbackName);
    }
  }

  // Removes a file that was being made, and finishes and removes a journal entry.
  void RemoveUnfinished(const std::string& name) {
    const auto inode = where_.Find(name.c_str());
    if (!inode || !IsAbandoned(where_, name)) {
      return;
    }
    if (inode->is_directory()) {
      (void)RemoveTree(where_, name.c_str());
    } else if (!JournalEntry::IsName(name) || FinishEntry(*inode)) {
      (void)where_.Unlink(name.c_str());
    }
  }

  bool FinishEntry(const Inode& inode) {
    const auto entry = inode.Open(O_RDONLY);
    return entry && JournalEntry::Finish(backing_, *entry,
                                         [this](std::uint64_t ino) { return finder_.NameOf(ino); });
  }

  const Directory& backing_;
  const Staging& staging_;
  const Directory& where_;
  NameFinder finder_;
};

std::vector<std::string> StagingNames(const Directory& backing) {
  // The second link is its own dot: without more there is no directory in it, and no need to read
  // what may be a million names.
  if (const auto st = backing.Stat(); st && st->st_nlink == 2) {
    return {};
  }
  std::vector<std::string> names;
  (void)backing.ForEach([&names](const DirEntry& entry) {
    if (entry.name.starts_with(kStagingPrefix)) {
      names.emplace_back(entry.name);
    }
    return true;
  });
  return names;
}

// False where it is none of the user's by whose rights this thread acts.
bool CleanNamed(const Directory& backing, const std::string& name) {
  const auto staging = OpenOwnStaging(backing, name);
  if (staging) {
    (void)Recovery(backing, *staging).Run();
  }
  return staging.has_value();
}

}  // namespace

void CleanStaging(const Directory& backing) {
  unsigned cleaned = 0;
  for (const std::string& name : StagingNames(backing)) {
    if (cleaned < kMostDirectories && CleanNamed(backing, name)) {
      ++cleaned;
    }
  }
}

void CleanEveryStaging(const Directory& backing) {
  std::unordered_map<uid_t, unsigned> cleaned;
  for (const std::string& name : StagingNames(backing)) {
    const auto found = backing.Find(name.c_str());
    if (!found || !found->is_directory() || !IsStagingName(name, found->stat().st_uid) ||
        ++cleaned[found->stat().st_uid] > kMostDirectories) {
      continue;
    }
    if (const auto owner = ActAs::User(found->stat().st_uid, found->stat().st_gid)) {
      CleanNamed(backing, name);
    }
  }
}

}  // namespace shmount
