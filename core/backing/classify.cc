// SPDX-License-Identifier: Apache-2.0
#include "core/backing/classify.h"

#include <fcntl.h>

#include <array>
#include <cstdint>
#include <ctime>

#include "core/backing/node_id.h"
#include "core/backing/xattr_names.h"
#include "core/list/head_io.h"
#include "core/list/recognise.h"

namespace shmount {
namespace {

// For so many seconds after its last change, a block of zeros may be a list that Python is making.
constexpr std::int64_t kBlankFresh = 2;

bool IsFresh(const struct stat& st) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec - st.st_ctim.tv_sec < kBlankFresh;
}

Seconds BlockTtl(const Recognition& seen, const struct stat& st) {
  const bool soon = seen.likeness == Likeness::kBeingWritten || (seen.blank && IsFresh(st));
  return soon ? 0 : kUnseen;
}

// The xattr has a meaning only for blocks of an empty list's size, so it is read only for these.
Result<bool> HasListXattr(const Inode& inode) {
  const auto size = inode.stat().st_size;
  return size == 8 || size == 16 ? inode.HasXattr(kListXattr) : false;
}

Result<Recognition> Recognise(const BlockIo& block, const Inode& inode) {
  const bool has_list_xattr = TRY(HasListXattr(inode));
  return RecogniseList(block, static_cast<std::uint64_t>(inode.stat().st_size), has_list_xattr);
}

}  // namespace

Result<Entry> Inspect(const Directory& backing, const char* name) {
  auto inode = TRY(backing.Find(name));
  return Inspect(std::move(inode));
}

Result<Entry> Inspect(Inode inode) {
  if (inode.is_directory()) {
    if (!TRY(inode.HasXattr(kDraftXattr))) {
      return Fail(ENOENT, "a directory that is no draft");
    }
    return Entry{Kind::kDraft, std::move(inode), {}, kForever};
  }
  if (!inode.is_block()) {
    return Fail(ENOENT, "no regular file");
  }
  Entry entry{Kind::kBlock, std::move(inode), {}, kUnseen};
  if (entry.inode.stat().st_size < 8) {
    // Python creates the block first and sets its size afterwards.
    entry.ttl = IsFresh(entry.inode.stat()) ? 0 : kUnseen;
    return entry;
  }
  if (static_cast<std::uint64_t>(entry.inode.stat().st_size) < kSmallestList) {
    if (!TRY(HasListXattr(entry.inode))) {
      return entry;  // for good: a store cannot make a list of a block of this size
    }
  }
  const auto file = entry.inode.OpenUnnoticed();
  const auto seen =
      file ? Recognise(HeadIo(*file, static_cast<std::uint64_t>(entry.inode.stat().st_size)),
                       entry.inode)
           : std::unexpected(file.error());
  if (!seen) {
    switch (seen.error().code) {
      case EACCES:
      case EPERM:
        return entry;  // a block that we may not read is shown as a block
      case EAGAIN:
      case EIO:
        entry.ttl =
            0;  // another process has a lease on it or is truncating it: for now it is a block
        return entry;
      default:
        return std::unexpected(seen.error());
    }
  }
  if (seen->likeness != Likeness::kBlock && seen->shape.count <= NodeId::kMaxCount) {
    entry.being_written = seen->likeness == Likeness::kBeingWritten;
    entry.kind = entry.being_written ? Kind::kBlock : Kind::kList;
    entry.shape = seen->shape;
  }
  entry.ttl = entry.kind == Kind::kList ? kForever : BlockTtl(*seen, entry.inode.stat());
  return entry;
}

Result<ListShape> ShapeOf(const BlockIo& block, const Inode& inode) {
  const auto seen = TRY(Recognise(block, inode));
  if (seen.likeness == Likeness::kBlock) {
    return Fail(ESTALE, "no longer a list");
  }
  return seen.shape;
}

}  // namespace shmount
