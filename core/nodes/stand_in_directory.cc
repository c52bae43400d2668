// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/stand_in_directory.h"

#include <cerrno>
#include <cstdint>
#include <utility>

#include "core/backing/node_id.h"

namespace shmount {
namespace {

std::unexpected<Error> Busy() { return Fail(EBUSY, "the draft is being sealed"); }

class StandInDirectory final : public DirectoryNode {
 public:
  StandInDirectory(std::uint64_t ino, Inode inode) : ino_(ino), inode_(std::move(inode)) {}

  Result<Attr> GetAttr() override {
    struct stat st = TRY(inode_.Restat());
    st.st_ino = NodeId::Directory(ino_).raw();
    return Attr{st, 0};
  }

  Result<Found> Lookup(const char*) override { return Busy(); }
  Result<std::unique_ptr<DirectoryReader>> OpenReader() override { return Busy(); }
  Result<Attr> SetAttr(const AttrChange&) override { return Busy(); }
  Result<Inode> XattrInode() override { return Busy(); }
  Result<Opened> Create(const char*, mode_t, int) override { return Busy(); }
  Result<Found> MakeNode(const char*, mode_t) override { return Busy(); }
  Status Unlink(const char*) override { return Busy(); }
  Status Rename(const char*, const char*, unsigned) override { return Busy(); }

 private:
  std::uint64_t ino_;
  Inode inode_;
};

}  // namespace

std::unique_ptr<DirectoryNode> MakeStandInDirectory(const Location& location, Inode inode) {
  return std::make_unique<StandInDirectory>(location.ino, std::move(inode));
}

}  // namespace shmount
