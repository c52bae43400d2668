// SPDX-License-Identifier: Apache-2.0
#include "core/backing/file_system.h"

#include <linux/magic.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <utility>

namespace shmount {
namespace {

// Names for messages. ext2 and ext3 have ext4's number.
constexpr std::array<std::pair<std::uint32_t, std::string_view>, 12> kNames = {{
    {TMPFS_MAGIC, "tmpfs"},
    {RAMFS_MAGIC, "ramfs"},
    {HUGETLBFS_MAGIC, "hugetlbfs"},
    {EXT4_SUPER_MAGIC, "ext4"},
    {XFS_SUPER_MAGIC, "xfs"},
    {BTRFS_SUPER_MAGIC, "btrfs"},
    {OVERLAYFS_SUPER_MAGIC, "overlay"},
    {F2FS_SUPER_MAGIC, "f2fs"},
    {NFS_SUPER_MAGIC, "nfs"},
    {FUSE_SUPER_MAGIC, "fuse"},
    {MSDOS_SUPER_MAGIC, "vfat"},
    {PROC_SUPER_MAGIC, "proc"},
}};

}  // namespace

bool FileSystem::IsMemory() const { return magic_ == TMPFS_MAGIC || magic_ == RAMFS_MAGIC; }

bool FileSystem::IsHuge() const { return magic_ == HUGETLBFS_MAGIC; }

bool FileSystem::TellsOfChanges() const {
  constexpr std::array<std::uint32_t, 9> kOthers = {
      FUSE_SUPER_MAGIC, NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC, CIFS_SUPER_MAGIC, SMB2_SUPER_MAGIC,
      V9FS_MAGIC,       CEPH_SUPER_MAGIC, AFS_SUPER_MAGIC, CODA_SUPER_MAGIC,
  };
  return std::ranges::find(kOthers, magic_) == kOthers.end();
}

std::string FileSystem::Name() const {
  const auto* const found = std::ranges::find(kNames, magic_, &decltype(kNames)::value_type::first);
  if (found != kNames.end()) {
    return std::string(found->second);
  }
  std::array<char, 8> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), magic_, 16);
  return "file system 0x" + std::string(digits.data(), end.ptr);
}

}  // namespace shmount
