// SPDX-License-Identifier: Apache-2.0
#include "core/backing/file_key.h"

#include <sys/sysmacros.h>

namespace shmount {
namespace {

struct timespec TimeOf(const struct statx_timestamp& time) { return {time.tv_sec, time.tv_nsec}; }

}  // namespace

FileStat StatOf(const struct statx& from) {
  FileStat st = {};
  st.st_dev = makedev(from.stx_dev_major, from.stx_dev_minor);
  st.st_ino = from.stx_ino;
  st.st_mode = from.stx_mode;
  st.st_nlink = from.stx_nlink;
  st.st_uid = from.stx_uid;
  st.st_gid = from.stx_gid;
  st.st_rdev = makedev(from.stx_rdev_major, from.stx_rdev_minor);
  st.st_size = static_cast<off_t>(from.stx_size);
  st.st_blksize = from.stx_blksize;
  st.st_blocks = static_cast<blkcnt_t>(from.stx_blocks);
  st.st_atim = TimeOf(from.stx_atime);
  st.st_mtim = TimeOf(from.stx_mtime);
  st.st_ctim = TimeOf(from.stx_ctime);
  st.birth = (from.stx_mask & STATX_BTIME) != 0 ? TimeOf(from.stx_btime) : timespec{};
  return st;
}

}  // namespace shmount
