// SPDX-License-Identifier: Apache-2.0
// Callbacks on open directories.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/nodes/directory_reader.h"
#include "fs/ops/reply.h"
#include "fs/ops/table.h"

namespace shmount {
namespace {

void OpenDirectory(fuse_req_t req, fuse_ino_t ino, fuse_file_info* fi) {
  Serve<By::kNode>(req, [&]() -> Status {
    auto share = TRY(TakeShare(req));
    const auto names = NodeId(ino).is_root() ? VolumeOf(req).RootNames() : NameCache{};
    auto listing = TRY(VolumeOf(req).OpenReader(NodeId(ino), CallerOf(req)));
    auto& directories = DaemonOf(req).directories;
    fi->fh = directories.Keep(std::move(listing), std::move(share));
    fi->cache_readdir = names.fill;
    fi->keep_cache = names.keep;
    if (fuse_reply_open(req, fi) != 0) {
      directories.Take(fi->fh);
    }
    return {};
  });
}

void ReleaseDirectory(fuse_req_t req, fuse_ino_t, fuse_file_info* fi) {
  DaemonOf(req).directories.Take(fi->fh);
  fuse_reply_err(req, 0);
}

bool IsDots(std::string_view name) { return name == "." || name == ".."; }

/// Fills one reply with entries.
class Filler {
 public:
  Filler(fuse_req_t req, std::size_t size, bool plus) : req_(req), buffer_(size), plus_(plus) {}

  /// Returns false if the entry does not fit any more.
  Result<bool> Add(DirectoryReader& listing, const Listed& listed) {
    // libfuse wants a NUL at the end, and Lookup() invalidates the name in `listed`.
    const std::string name(listed.name);
    if (!plus_) {
      struct stat st = {};
      st.st_ino = listed.ino;
      st.st_mode = listed.type;
      return Take(fuse_add_direntry(req_, Free(), Left(), name.c_str(), &st,
                                    static_cast<off_t>(listed.cookie)));
    }
    fuse_entry_param entry = {};
    entry.attr.st_ino = listed.ino;
    entry.attr.st_mode = listed.type;
    if (fuse_add_direntry_plus(req_, nullptr, 0, name.c_str(), &entry, 0) > Left()) {
      return false;  // before Lookup(), which counts a lookup
    }
    if (!IsDots(name)) {
      if (const auto found = listing.Lookup()) {
        entry = EntryOf(*found);
      } else if (listed.type == 0 && IsShortage(found.error())) {
        return std::unexpected(found.error());
      } else if (listed.type == 0) {
        return true;  // the name is gone since: leave it out
      }
    }
    return Take(fuse_add_direntry_plus(req_, Free(), Left(), name.c_str(), &entry,
                                       static_cast<off_t>(listed.cookie)));
  }

  void Reply() { fuse_reply_buf(req_, buffer_.data(), used_); }
  bool empty() const { return used_ == 0; }

 private:
  char* Free() { return buffer_.data() + used_; }
  std::size_t Left() const { return buffer_.size() - used_; }
  bool Take(std::size_t size) {
    if (size > Left()) {
      return false;
    }
    used_ += size;
    return true;
  }

  fuse_req_t req_;
  std::vector<char> buffer_;
  std::size_t used_ = 0;
  bool plus_;
};

void ReadEntries(fuse_req_t req, std::size_t size, off_t offset, const fuse_file_info* fi,
                 bool plus) {
  Serve(req, [&]() -> Status {
    const auto opened = DaemonOf(req).directories.Get(fi->fh);
    DirectoryReader& listing = *opened;
    Filler filler(req, size, plus);
    TRY(listing.Seek(static_cast<std::uint64_t>(offset)));
    for (;;) {
      Listed listed;
      auto more = listing.Next(listed);
      if (more && *more) {
        more = filler.Add(listing, listed);
      }
      if (!more && filler.empty()) {
        return std::unexpected(more.error());
      }
      if (!more || !*more) {
        break;
      }
    }
    filler.Reply();
    return {};
  });
}

void ReadDirectory(fuse_req_t req, fuse_ino_t, std::size_t size, off_t offset, fuse_file_info* fi) {
  ReadEntries(req, size, offset, fi, false);
}

void ReadDirectoryPlus(fuse_req_t req, fuse_ino_t, std::size_t size, off_t offset,
                       fuse_file_info* fi) {
  ReadEntries(req, size, offset, fi, true);
}

void SyncDirectory(fuse_req_t req, fuse_ino_t, int, fuse_file_info*) { fuse_reply_err(req, 0); }

}  // namespace

void AddDirectoryOps(fuse_lowlevel_ops& ops) {
  ops.opendir = OpenDirectory;
  ops.releasedir = ReleaseDirectory;
  ops.readdir = ReadDirectory;
  ops.readdirplus = ReadDirectoryPlus;
  ops.fsyncdir = SyncDirectory;
}

}  // namespace shmount
