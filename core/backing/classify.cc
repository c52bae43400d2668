// SPDX-License-Identifier: Apache-2.0
#include "core/backing/classify.h"

#include <fcntl.h>

#include <array>
#include <cstdint>

#include "core/backing/node_id.h"
#include "core/list/recognise.h"

namespace shmount {
namespace {

// A block that has not been written yet may become a list by stores, of which no event tells.
constexpr Seconds kBlankTtl = 1;
constexpr std::int64_t kBlankFresh = 2;  // seconds in which it most likely does

bool IsFresh(const struct stat& st) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec - st.st_ctim.tv_sec < kBlankFresh;
}

Seconds BlockTtl(const Recognition& seen, const struct stat& st) {
  if (seen.likeness == Likeness::kBeingWritten) {
    return 0;
  }
  if (seen.blank) {
    return IsFresh(st) ? 0 : kBlankTtl;
  }
  return kForever;
}

// The mark tells only of sizes that an empty list can have, and is asked for only there.
Result<bool> IsMarked(const Inode& inode) {
  const auto size = inode.stat().st_size;
  return size == 8 || size == 16 ? inode.HasXattr(kListXattr) : false;
}

Result<Recognition> Recognise(const BlockFile& file, const Inode& inode) {
  const auto marked = TRY(IsMarked(inode));
  return RecogniseList(file, static_cast<std::uint64_t>(inode.stat().st_size), marked);
}

}  // namespace

bool IsVisible(std::string_view name, bool semaphores) {
  return !name.starts_with(kStagingPrefix) && (semaphores || !name.starts_with("sem."));
}

Result<Entry> Inspect(const Directory& backing, const char* name) {
  auto inode = TRY(backing.Find(name));
  return Inspect(std::move(inode));
}

Result<Entry> Inspect(Inode inode) {
  if (inode.is_directory()) {
    if (const auto marked = inode.HasXattr(kDraftXattr); !marked) {
      return std::unexpected(marked.error());
    } else if (!*marked) {
      return Fail(ENOENT, "a directory that is no draft");
    }
    return Entry{Kind::kDraft, std::move(inode), {}, kForever};
  }
  if (!inode.is_block()) {
    return Fail(ENOENT, "no regular file");
  }
  Entry entry{Kind::kBlock, std::move(inode), {}, kForever};
  if (entry.inode.stat().st_size < 8) {
    // Python makes the block and gives it its size thereafter.
    entry.ttl = IsFresh(entry.inode.stat()) ? 0 : kForever;
    return entry;
  }
  if (static_cast<std::uint64_t>(entry.inode.stat().st_size) < kSmallestList) {
    if (const auto marked = IsMarked(entry.inode); !marked) {
      return std::unexpected(marked.error());
    } else if (!*marked) {
      return entry;  // and stays one: no store in it can make a list of it
    }
  }
  const auto file = entry.inode.OpenUnnoticed();
  const auto seen = file ? Recognise(*file, entry.inode) : std::unexpected(file.error());
  if (!seen) {
    switch (seen.error().code) {
      case EACCES:
      case EPERM:
        return entry;  // one that we may not read is a block
      case EAGAIN:
      case EIO:
        entry.ttl = 0;  // somebody has a lease on it, or makes it shorter: for now it is one
        return entry;
      default:
        return std::unexpected(seen.error());
    }
  }
  if (seen->likeness != Likeness::kBlock && seen->shape.count <= NodeId::kMaxCount) {
    entry.pending = seen->likeness == Likeness::kBeingWritten;
    entry.kind = entry.pending ? Kind::kBlock : Kind::kList;
    entry.shape = seen->shape;
  }
  if (entry.kind == Kind::kBlock) {
    entry.ttl = BlockTtl(*seen, entry.inode.stat());
  }
  return entry;
}

Result<ListShape> ShapeOf(const BlockFile& file, const Inode& inode) {
  const auto seen = TRY(Recognise(file, inode));
  if (seen.likeness == Likeness::kBlock) {
    return Fail(ESTALE, "no longer a list");
  }
  return seen.shape;
}

struct stat ListAttr(const struct stat& block, std::uint64_t ino) {
  struct stat st = block;
  const mode_t readable = block.st_mode & 0444;
  st.st_ino = ino;
  st.st_mode = S_IFDIR | readable | readable >> 2;
  st.st_nlink = 2;
  st.st_size = 0;
  st.st_blocks = 0;
  return st;
}

struct stat ElementAttr(const struct stat& block, std::uint64_t ino, std::uint64_t size) {
  struct stat st = block;
  st.st_ino = ino;
  st.st_mode = S_IFREG | (block.st_mode & 0666);
  st.st_nlink = 1;
  st.st_size = static_cast<off_t>(size);
  st.st_blocks = static_cast<blkcnt_t>((size + 511) / 512);  // fewer would tell of holes
  return st;
}

mode_t BlockModeFromList(mode_t block, mode_t mode) {
  const mode_t readable = mode & 0444;
  return readable | (block & (readable >> 1));
}

}  // namespace shmount
