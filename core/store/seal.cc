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
#include "core/list/build.h"
#include "core/list/layout.h"
#include "core/store/staging.h"
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

Result<Value> ReadValue(const Directory& draft, const DraftElement& each, mode_t* mode) {
  const auto inode = TRY(draft.Find(each.name.c_str()));
  const auto file = TRY(inode.Open(O_RDONLY));
  const auto size = static_cast<std::uint64_t>(inode.stat().st_size);
  if (size > kMaxText + 1) {
    return Fail(EFBIG, "too long");
  }
  std::string text(size, '\0');
  const auto n = TRY(file.ReadAt(0, std::as_writable_bytes(std::span(text))));
  text.resize(n);
  if (each.element.index == 0) {
    *mode = inode.stat().st_mode & 0666;
  }
  return ParseText(*each.element.type, text);
}

Status Collect(const Directory& draft, ListBuilder& builder, mode_t* mode) {
  const auto elements = TRY(ReadIndices(draft));
  for (const DraftElement& each : elements) {
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
    TRY(block.SetMode(mode));
    // cp -a sets a directory's times before its mode.
    const struct timespec times[2] = {draft.st_atim, draft.st_mtim};
    return inode.SetTimes(times);
  }();
  TRY(done);
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
  const auto draft_stat = TRY(draft->Stat());
  ListBuilder builder;
  mode_t mode = 0600;
  TRY(Collect(*draft, builder, &mode));
  const auto staging = TRY(Staging::Open(backing));
  const Directory& where = staging.directory();
  const auto block = TRY(Build(where, builder, mode, draft_stat, manager));
  if (const auto locked = block.Lock(LOCK_EX | LOCK_NB); !locked) {  // says that it is no leftover
    return std::unexpected(locked.error());
  }
  const std::string novel = Staging::NovelName();
  TRY(where.Publish(block, novel.c_str()));
  const auto swap = [&] { return where.Rename(novel.c_str(), backing, name, RENAME_EXCHANGE); };
  auto swapped = swap();
  const mode_t draft_mode = draft_stat.st_mode & 07777;
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
  return block.Stat();
}

}  // namespace shmount
