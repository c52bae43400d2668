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

#include "core/backing/classify.h"
#include "core/list/build.h"
#include "core/store/staging.h"
#include "core/value/element_name.h"
#include "core/value/text_format.h"

namespace shmount {
namespace {

struct DraftElement {
  ElementName element;
  std::string name;
};

// The draft's files in the order of their indices, which must be 0 to N-1.
Result<std::vector<DraftElement>> ReadIndices(const Directory& draft) {
  const auto names = NamesIn(draft);
  if (!names) {
    return std::unexpected(names.error());
  }
  std::vector<DraftElement> elements;
  for (const std::string& name : *names) {
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

Result<Value> ReadValue(const Directory& draft, const DraftElement& each, mode_t* mode) {
  const auto inode = draft.Find(each.name.c_str());
  if (!inode) {
    return std::unexpected(inode.error());
  }
  const auto file = inode->Open(O_RDONLY);
  if (!file) {
    return std::unexpected(file.error());
  }
  const auto size = static_cast<std::uint64_t>(inode->stat().st_size);
  if (size > kMaxText + 1) {
    return Fail(EFBIG, "too long");
  }
  std::string text(size, '\0');
  const auto n = file->ReadAt(0, std::as_writable_bytes(std::span(text)));
  if (!n) {
    return std::unexpected(n.error());
  }
  text.resize(*n);
  if (each.element.index == 0) {
    *mode = inode->stat().st_mode & 0666;
  }
  return ParseText(*each.element.type, text);
}

Status Collect(const Directory& draft, ListBuilder& builder, mode_t* mode) {
  const auto elements = ReadIndices(draft);
  if (!elements) {
    return std::unexpected(elements.error());
  }
  for (const DraftElement& each : *elements) {
    const auto value = ReadValue(draft, each, mode);
    const Status added = value ? builder.Add(*value) : std::unexpected(value.error());
    if (!added) {
      return Fail(added.error().code, "'" + each.name + "': " + added.error().where);
    }
  }
  return {};
}

// The list's block, complete but for its name.
Result<BlockFile> Build(const Directory& where, const ListBuilder& builder, mode_t mode,
                        const struct stat& draft, Managed* manager) {
  auto block = where.CreateUnnamed(0600);
  if (!block) {
    return block;
  }
  const auto done = [&]() -> Status {
    const ListShape shape = builder.shape();
    // Reserved first: a full backing is an error here and not a block with holes.
    if (auto reserved = block->Allocate(0, 0, shape.size()); !reserved) {
      return reserved;
    }
    if (auto written = builder.WriteTo(*block); !written) {
      return written;
    }
    if (auto marked = shape.count == 0 ? block->SetXattr(kListXattr, "", 0) : Status{}; !marked) {
      return marked;
    }
    const auto inode = Inode::Of(*block);
    if (!inode) {
      return std::unexpected(inode.error());
    }
    if (auto taken = manager == nullptr ? Status{} : manager->Take(*inode); !taken) {
      return taken;
    }
    if (const auto st = block->Stat();
        st && (st->st_uid != draft.st_uid || st->st_gid != draft.st_gid)) {
      if (auto given = block->SetOwner(draft.st_uid, draft.st_gid); !given) {
        return given;
      }
    }
    if (auto set = block->SetMode(mode); !set) {
      return set;
    }
    // cp -a sets a directory's times before its mode.
    const struct timespec times[2] = {draft.st_atim, draft.st_mtim};
    return inode->SetTimes(times);
  }();
  if (!done) {
    return std::unexpected(done.error());
  }
  return block;
}

}  // namespace

Result<struct stat> SealDraft(const Directory& backing, const char* name, Managed* manager) {
  const auto draft = backing.OpenDirectory(name);
  if (!draft) {
    // Somebody else has sealed it: what the name stands for has to be looked up again.
    const int code = draft.error().code;
    return Fail(code == ENOTDIR ? ESTALE : code, "the draft");
  }
  if (const auto locked = draft->Lock(LOCK_EX | LOCK_NB); !locked) {
    return locked.error().code == EWOULDBLOCK ? Fail(EBUSY, "it is being sealed already")
                                              : std::unexpected(locked.error());
  }
  const auto draft_stat = draft->Stat();
  if (!draft_stat) {
    return std::unexpected(draft_stat.error());
  }
  ListBuilder builder;
  mode_t mode = 0600;
  if (const auto collected = Collect(*draft, builder, &mode); !collected) {
    return std::unexpected(collected.error());
  }
  const auto staging = Staging::Open(backing);
  if (!staging) {
    return std::unexpected(staging.error());
  }
  const Directory& where = staging->directory();
  const auto block = Build(where, builder, mode, *draft_stat, manager);
  if (!block) {
    return std::unexpected(block.error());
  }
  if (const auto locked = block->Lock(LOCK_EX | LOCK_NB); !locked) {  // says that it is no leftover
    return std::unexpected(locked.error());
  }
  const std::string novel = Staging::NovelName();
  if (const auto named = where.Publish(*block, novel.c_str()); !named) {
    return std::unexpected(named.error());
  }
  const auto swap = [&] { return where.Rename(novel.c_str(), backing, name, RENAME_EXCHANGE); };
  auto swapped = swap();
  const mode_t draft_mode = draft_stat->st_mode & 07777;
  if (!swapped && swapped.error().code == EACCES && (draft_mode & S_IWUSR) == 0) {
    // To move a directory into another takes the right to write it, unless one is root.
    (void)draft->SetMode(draft_mode | S_IWUSR);
    swapped = swap();
    if (!swapped) {
      (void)draft->SetMode(draft_mode);
    }
  }
  if (!swapped) {
    (void)where.Unlink(novel.c_str());
    return std::unexpected(swapped.error());
  }
  (void)RemoveTree(where, novel.c_str());
  return block->Stat();
}

}  // namespace shmount
