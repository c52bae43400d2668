// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/removed_directory.h"

#include <cstdint>
#include <utility>

#include "core/nodes/attributes.h"

namespace shmount {
namespace {

std::unexpected<Error> Gone() { return Fail(ENOENT, "the directory is removed"); }

class NothingReader final : public DirectoryReader {
 public:
  Status Seek(std::uint64_t) override { return {}; }
  Result<bool> Next(Listed&) override { return false; }
  Result<Found> Lookup() override { return Gone(); }
};

class RemovedDirectory final : public DirectoryNode {
 public:
  RemovedDirectory(VolumeState& state, std::uint64_t ino, Inode inode, const Caller& caller)
      : state_(state), ino_(ino), inode_(std::move(inode)), caller_(caller) {}

  Result<Attr> GetAttr() override {
    struct stat st = TRY(inode_.Restat());
    const auto id = NodeId::Directory(ino_).raw();
    st = inode_.is_block() ? ListAttr(st, id) : st;
    st.st_ino = id;
    st.st_nlink = 0;
    return Attr{st, 0};
  }

  Result<Attr> SetAttr(const AttrChange& change) override {
    if (change.size || inode_.is_block()) {
      return change.size ? Fail(EISDIR, "truncate") : Gone();
    }
    TRY(state_.ActingAs(caller_, [&] { return ApplyChange(inode_, change); }));
    return GetAttr();
  }

  Result<Found> Lookup(const char*) override { return Gone(); }
  Result<std::unique_ptr<DirectoryReader>> OpenReader() override {
    return std::make_unique<NothingReader>();
  }
  Result<Inode> XattrInode() override { return std::move(inode_); }
  Result<Opened> Create(const char*, mode_t, int) override { return Gone(); }
  Result<Found> MakeNode(const char*, mode_t) override { return Gone(); }
  Result<Found> MakeDirectory(const char*, mode_t) override { return Gone(); }
  Status Unlink(const char*) override { return Gone(); }
  Status Rename(const char*, const char*, unsigned) override { return Gone(); }

 private:
  VolumeState& state_;
  std::uint64_t ino_;
  Inode inode_;
  Caller caller_;
};

}  // namespace

std::unique_ptr<DirectoryNode> MakeRemovedDirectory(VolumeState& state, const Location& location,
                                                    Inode inode, const Caller& caller) {
  return std::make_unique<RemovedDirectory>(state, location.ino, std::move(inode), caller);
}

}  // namespace shmount
