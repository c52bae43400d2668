// SPDX-License-Identifier: Apache-2.0
#include "core/store/seal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/backing/block_file.h"
#include "core/backing/inode.h"
#include "core/backing/xattr_names.h"
#include "core/base/time_order.h"
#include "core/list/build.h"
#include "core/list/layout.h"
#include "core/store/draft.h"
#include "core/store/staging.h"
#include "core/store/staging_area.h"
#include "core/store/swap.h"
#include "core/value/element_name.h"
#include "core/value/text_parse.h"

namespace shmount {
namespace {

struct DraftElement {
  ElementName element;
  std::string name;
};

// The draft's files in the order of their indices, which must be 0 to N-1.
Result<std::vector<DraftElement>> ReadIndices(const Directory& draft) {
  const auto names = TRY(draft.Names());
  std::vector<DraftElement> elements;
  for (const std::string& name : names) {
    const auto element = ParseDraftName(name);
    if (!element) {
      return Fail(EINVAL, "'" + name + "' is no element");
    }
    elements.push_back({*element, name});
  }
  std::ranges::sort(elements, {}, [](const DraftElement& each) { return each.element.index; });
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (elements[i].element.index < i) {
      return Fail(EINVAL, "element " + std::to_string(i - 1) + " is there twice, as '" +
                              elements[i - 1].name + "' and '" + elements[i].name + "'");
    }
    if (elements[i].element.index > i) {
      return Fail(EINVAL, "element " + std::to_string(i) + " is missing");
    }
  }
  return elements;
}

// What a draft's files say.
struct Content {
  std::vector<DraftElement> elements;
  ListBuilder builder;
  mode_t mode = 0600;
  struct timespec newest = {};  // of the files
};

Result<std::uint64_t> ReadSlotSize(const Inode& file) {
  const auto size = file.GetXattr(kSlotXattr);
  if (!size && size.error().code != ENODATA) {
    return std::unexpected(size.error());
  }
  return size ? ParseSlotSize(*size).value_or(0) : 0;
}

// Adds the element that a file holds.
Status Collect(const Directory& draft, const DraftElement& each, Content& content) {
  const auto inode = TRY(draft.Find(each.name.c_str()));
  if (TRY(inode.HasXattr(kRefusedXattr))) {
    return Fail(EINVAL, "the last write to it was refused");
  }
  const auto file = TRY(inode.Open(O_RDONLY));
  const auto size = static_cast<std::uint64_t>(inode.stat().st_size);
  if (size > kMaxText + 1) {
    return Fail(EFBIG, "too long");
  }
  std::string text(size, '\0');
  const auto n = TRY(file.ReadAt(0, std::as_writable_bytes(std::span(text))));
  text.resize(n);
  if (each.element.index == 0) {
    content.mode = inode.stat().st_mode & 0666;
  }
  content.newest = std::max(content.newest, inode.stat().st_mtim, IsEarlier);
  // ParseDraftName gives a type to each.
  const auto value = TRY(ParseDraftText(*each.element.type, text));
  return content.builder.Add(value, TRY(ReadSlotSize(inode)));
}

Status Collect(const Directory& draft, Content& content) {
  for (const DraftElement& each : content.elements) {
    if (const auto added = Collect(draft, each, content); !added) {
      return Fail(added.error().code, "'" + each.name + "': " + added.error().where);
    }
  }
  return {};
}

// The list's block, complete but for its name.
Result<BlockFile> Build(const Directory& where, const Content& content, const struct stat& draft,
                        Managed* manager) {
  const ListBuilder& builder = content.builder;
  auto block = TRY(where.CreateUnnamed(0600));
  const auto done = [&]() -> Status {
    const ListShape shape = builder.shape();
    // Reserved first: a full backing is an error here and not a block with holes.
    TRY(block.Allocate(0, 0, shape.size()));
    TRY(builder.WriteTo(block));
    TRY(shape.count == 0 ? block.SetXattr(kListXattr, "", 0) : Status{});
    const auto inode = TRY(Inode::Of(block));
    TRY(manager == nullptr ? Status{} : manager->Take(inode));
    if (const auto st = block.Stat();
        st && (st->st_uid != draft.st_uid || st->st_gid != draft.st_gid)) {
      TRY(block.SetOwner(draft.st_uid, draft.st_gid));
    }
    TRY(block.SetMode(content.mode));
    // What copies sets the times of files, and cp -a those of a directory before its mode.
    const bool by_files = shape.count > 0 && IsEarlier(content.newest, draft.st_mtim);
    const struct timespec times[2] = {draft.st_atim, by_files ? content.newest : draft.st_mtim};
    return inode.SetTimes(times);
  }();
  TRY(done);
  return block;
}

// What a claimed draft is built into, in the staging directory.
struct Claimed {
  const Staging& staging;
  const Directory& backing;
  std::string name;  // the draft's in the backing
  struct stat stat;  // the draft's, before reading it changed its access time
  const StandIn& stand_in;
};

// Exchanges `staged` with the stand-in, also where somebody has renamed that meanwhile.
Status ExchangeStandIn(const Claimed& claimed, const std::string& staged) {
  constexpr int kTries = 3;
  std::string name = claimed.name;
  for (int tries = 1;; ++tries) {
    auto done = Exchange(claimed.staging, staged, claimed.backing, name, claimed.stand_in.stat);
    if (done || tries == kTries || (done.error().code != ESTALE && done.error().code != ENOENT)) {
      return done;
    }
    const auto renamed = claimed.backing.NameOf(claimed.stand_in.stat.st_ino);
    if (!renamed) {
      return renamed.error().code == ENOENT ? done : std::unexpected(renamed.error());
    }
    name = *renamed;
  }
}

// The draft goes back to its name, with all that is in it.
void ReturnDraft(const Claimed& claimed) {
  const Directory& where = claimed.staging.directory();
  const std::string& staged = claimed.stand_in.staged;
  if (ExchangeStandIn(claimed, staged)) {
    (void)RemoveStandIn(where, staged, claimed.backing, claimed.name);
  } else {
    (void)GiveBack(where, staged, claimed.backing, claimed.name);
  }
}

// Removes the files that are in the list now. Anything else that has come into the draft since
// keeps it a draft, by another name.
Status RemoveSealed(const Claimed& claimed, const Directory& draft,
                    const std::vector<DraftElement>& elements) {
  const mode_t mode = claimed.stat.st_mode & 07777;
  TRY(draft.SetMode(mode | S_IRWXU));
  for (const DraftElement& each : elements) {
    if (auto gone = draft.Unlink(each.name.c_str()); !gone && gone.error().code != ENOENT) {
      return gone;
    }
  }
  const Directory& where = claimed.staging.directory();
  auto removed = where.RemoveDirectory(claimed.stand_in.staged.c_str());
  if (removed || removed.error().code != ENOTEMPTY) {
    return removed;
  }
  TRY(draft.SetMode(mode));
  return GiveBack(where, claimed.stand_in.staged, claimed.backing, claimed.name);
}

// A change that comes too late can still take a file away between the listing and the reading: then
// once more.
Result<Content> ReadDraft(const Directory& draft) {
  constexpr int kTries = 10;
  for (int tries = 1;; ++tries) {
    Content content;
    content.elements = TRY(ReadIndices(draft));
    const auto collected = Collect(draft, content);
    if (collected) {
      return content;
    }
    if (collected.error().code != ENOENT || tries == kTries) {
      return std::unexpected(collected.error());
    }
  }
}

Result<FileStat> SealClaimed(const Claimed& claimed, const Directory& draft, Managed* manager) {
  const auto content = TRY(ReadDraft(draft));
  const Directory& where = claimed.staging.directory();
  // A draft that is not the manager's, as of a list that was there before, makes no list of its.
  const auto inode = TRY(where.Find(claimed.stand_in.staged.c_str()));
  const bool managed = manager != nullptr && TRY(manager->ClaimOn(inode)) != Claim::kNone;
  const auto block = TRY(Build(where, content, claimed.stat, managed ? manager : nullptr));
  TRY(block.Lock(LOCK_EX | LOCK_NB));  // says that it is no leftover
  const auto st = TRY(block.Stat());
  const std::string staged =
      SwapName{.made = st.st_ino, .meant = claimed.stand_in.stat.st_ino}.Format();
  TRY(where.Publish(block, staged.c_str()));
  if (const auto published = ExchangeStandIn(claimed, staged); !published) {
    (void)where.Unlink(staged.c_str());
    return std::unexpected(published.error());
  }
  // The stand-in goes last: that it is here tells recovery that the list has its name. What cannot
  // be removed now is left to recovery too.
  if (RemoveSealed(claimed, draft, content.elements)) {
    (void)RemoveStandIn(where, staged, claimed.backing, claimed.name);
  }
  return block.Stat();
}

// Opens the draft, if `name` stands for one that nobody is sealing.
Result<Directory> OpenDraft(const Directory& backing, const char* name) {
  const auto inode = TRY(backing.Find(name));
  if (!inode.is_directory()) {
    return Fail(ESTALE, "it is sealed");
  }
  TRY(RefuseStandIn(inode));
  auto draft = backing.OpenDirectory(name);
  if (!draft) {
    return draft.error().code == ENOTDIR ? Fail(ESTALE, "it is sealed") : std::move(draft);
  }
  const auto st = TRY(draft->Stat());
  return SameFile(st, inode.stat()) ? std::move(draft) : Fail(ESTALE, name);
}

}  // namespace

Result<FileStat> SealDraft(const StagingArea& area, const char* name, Managed* manager) {
  const Directory& backing = area.backing();
  const auto draft = TRY(OpenDraft(backing, name));
  const auto st = TRY(draft.Stat());
  // Most of what is refused is refused before anyone notices. But a draft that has lost its name is
  // another's by now, who may have sealed it and be removing its files.
  if (const auto read = ReadIndices(draft); !read) {
    const auto now = backing.Find(name);
    const bool lost = now ? !SameFile(now->stat(), st) : now.error().code == ENOENT;
    return lost || read.error().code == ENOENT ? Fail(ESTALE, name) : std::unexpected(read.error());
  }
  const auto staging = TRY(area.OpenFor(st.st_uid, st.st_gid));
  const auto stand_in = TRY(MakeStandIn(staging, st));
  if (const auto claimed = Exchange(staging, stand_in.staged, backing, name, st); !claimed) {
    (void)RemoveStandIn(staging.directory(), stand_in.staged, backing, name);
    return std::unexpected(claimed.error());
  }
  const Claimed claimed{staging, backing, name, st, stand_in};
  auto sealed = SealClaimed(claimed, draft, manager);
  if (!sealed) {
    ReturnDraft(claimed);
  }
  return sealed;
}

}  // namespace shmount
