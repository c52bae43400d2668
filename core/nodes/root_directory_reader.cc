// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/root_directory_reader.h"

#include <dirent.h>
#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "core/backing/block_name.h"
#include "core/backing/classify.h"
#include "core/backing/dir_stream.h"

namespace shmount {
namespace {

class RootReader final : public DirectoryReader {
 public:
  RootReader(VolumeState& state, const struct stat& backing, DirStream stream)
      : state_(state),
        backing_(backing),
        stream_(std::move(stream)),
        mounts_(state.backing.MayHaveMounts()) {}

  Status Seek(std::uint64_t cookie) override {
    given_ = cookie == 0 ? 0 : given_;
    return stream_.Seek(cookie);
  }

  Result<bool> Next(Listed& listed) override {
    DirEntry entry;
    for (;;) {
      const auto more = stream_.Next(entry);
      if (more && !*more) {
        state_.listing.Set(backing_, given_);
      }
      if (!more || !*more) {
        return more;
      }
      const bool dots = entry.is_dots();
      if (dots || TRY(Shows(entry))) {
        given_ += dots ? 0 : 1;
        name_ = entry.name;
        // The type is unknown: only a lookup distinguishes a list from a block.
        listed = {entry.name, entry.ino, dots ? mode_t{S_IFDIR} : mode_t{0}, entry.cookie};
        return true;
      }
    }
  }

  Result<Found> Lookup() override {
    const std::string name(name_);
    const auto entry = TRY(state_.FindEntry(name.c_str()));
    return state_.Present(entry, name);
  }

 private:
  Result<bool> Shows(const DirEntry& entry) const {
    const char* name = entry.name.data();
    if (!IsVisible(name, state_.options.semaphores)) {
      return false;
    }
    switch (entry.type) {
      case DT_REG:
        return !(mounts_ && state_.backing.IsMountPoint(name));
      case DT_DIR:
      case DT_UNKNOWN: {
        const auto seen = Inspect(state_.backing, name);
        return seen || !IsShortage(seen.error()) ? Result<bool>(seen.has_value())
                                                 : std::unexpected(seen.error());
      }
      default:
        return false;
    }
  }

  VolumeState& state_;
  const struct stat backing_;  // the backing's, before anything was read
  DirStream stream_;
  const bool mounts_;
  std::uint64_t given_ = 0;  // how many names were returned since the start
  std::string_view name_;
};

}  // namespace

Result<std::unique_ptr<DirectoryReader>> MakeRootReader(VolumeState& state) {
  const auto st = TRY(state.backing.Stat());
  auto stream = TRY(state.backing.List());
  return std::make_unique<RootReader>(state, st, std::move(stream));
}

}  // namespace shmount
