// SPDX-License-Identifier: Apache-2.0
#include "core/store/upgrade.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/backing/block_file.h"
#include "core/backing/classify.h"
#include "core/backing/inode.h"
#include "core/backing/xattr_names.h"
#include "core/list/block_io.h"
#include "core/list/layout.h"
#include "core/list/run_reader.h"
#include "core/list/slot.h"
#include "core/store/staging_area.h"
#include "core/store/swap.h"

namespace shmount {
namespace {

constexpr std::uint64_t kWordsAtOnce = 8192;

/// Writes the header: the sizes of the slots are added up to offsets.
Status WriteHeader(const BlockFile& from, const ListShape& old, BlockFile& to) {
  std::vector<std::uint64_t> words = {old.count, 0};
  std::vector<std::uint64_t> sizes;
  std::uint64_t offset = 0;
  std::uint64_t at = 0;
  for (std::uint64_t first = 0; first < old.count; first += sizes.size()) {
    const std::uint64_t many = std::min(kWordsAtOnce, old.count - first);
    TRY(ReadMany(from, 8 * (1 + first), many, sizes));
    for (const std::uint64_t size : sizes) {
      if (size > old.data_size || !CheckSlot(old, offset, offset + size)) {
        return Fail(EIO, "damaged slot sizes");
      }
      offset += size;
      words.push_back(offset);
    }
    TRY(to.WriteAt(at, std::as_bytes(std::span(words))));
    at += 8 * words.size();
    words.clear();
  }
  return offset == old.data_size ? Status{} : Fail(EIO, "damaged slot sizes");
}

/// Copies data, formats and codes, which are the same in both layouts.
Status CopyRest(const BlockFile& from, const ListShape& old, BlockFile& to) {
  constexpr std::uint64_t kPiece = std::uint64_t{1} << 20;
  std::vector<std::byte> piece;
  for (std::uint64_t at = old.data_begin(); at < old.size(); at += piece.size()) {
    TRY(ReadMany(from, at, std::min(kPiece, old.size() - at), piece));
    TRY(to.WriteAt(at + 8, piece));
  }
  return {};
}

Status CopyMarks(const Inode& from, const BlockFile& to) {
  const struct stat& st = from.stat();
  if (const auto manager = from.GetXattr(kManagerXattr)) {
    TRY(to.SetXattr(kManagerXattr, *manager, 0));
  }
  if (const auto manager = from.GetXattr(kTrustedManagerXattr)) {
    (void)to.SetXattr(kTrustedManagerXattr, *manager,
                      0);  // may fail; readers need CAP_SYS_ADMIN too
  }
  const auto made = to.Stat();
  if (made && (made->st_uid != st.st_uid || made->st_gid != st.st_gid)) {
    TRY(to.SetOwner(st.st_uid, st.st_gid));
  }
  TRY(to.SetMode(st.st_mode & 07777));
  const auto inode = Inode::Of(to);
  const struct timespec times[2] = {st.st_atim, st.st_mtim};
  return inode ? inode->SetTimes(times) : std::unexpected(inode.error());
}

/// Exchanges the block with `old`, which has the name `name`. The name exists at every moment.
Status ReplaceOld(const Directory& backing, const char* name, const Inode& old,
                  const BlockFile& block) {
  const auto staging = TRY(StagingArea(backing).OpenFor(old.stat().st_uid, old.stat().st_gid));
  const Directory& where = staging.directory();
  TRY(block.Lock(LOCK_EX | LOCK_NB));  // tells it from what a killed process left
  const auto made = TRY(block.Stat());
  const std::string staged = SwapName{.made = made.st_ino, .meant = old.stat().st_ino}.Format();
  TRY(where.Publish(block, staged.c_str()));
  const auto swapped = Exchange(staging, staged, backing, name, old.stat());
  (void)where.Unlink(staged.c_str());
  return swapped;
}

}  // namespace

Status UpgradeList(const Directory& backing, const char* name, bool even_if_used) {
  const auto old = TRY(backing.Find(name));
  const auto from = TRY(old.Open(O_RDONLY));
  const auto shape = TRY(ShapeOf(from, old));
  if (shape.layout == Layout::kV2) {
    return Fail(EALREADY, name);
  }
  if (!even_if_used) {
    // The lease is held until the exchange, so that nobody attaches to the old block in between.
    const auto leased = from.TakeLease();
    if (!leased && leased.error().code != EINVAL) {
      return leased.error().code == EAGAIN ? Fail(EBUSY, "in use") : leased;
    }
  }
  auto block = TRY(backing.CreateUnnamed(0600));
  auto done = block.Allocate(0, 0, shape.size() + 8);
  if (done && shape.count > 0) {
    done = WriteHeader(from, shape, block);
  }
  if (done) {
    done = shape.count > 0 ? CopyRest(from, shape, block) : block.SetXattr(kListXattr, "", 0);
  }
  if (done) {
    done = CopyMarks(old, block);
  }
  return done ? ReplaceOld(backing, name, old, block) : done;
}

}  // namespace shmount
