// SPDX-License-Identifier: Apache-2.0
// Stands in for libfuse in tests of the callbacks: fake_fuse.cc replaces its functions at link
// time.
#pragma once

#include <fuse_lowlevel.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fs/ops/context.h"

/// A request, and what was replied to it. fuse_req_t points at one.
struct fuse_req {
  explicit fuse_req(shmount::Daemon& to) : daemon(&to) {}

  shmount::Daemon* daemon;
  fuse_ctx context = {};
  int reply_result = 0;  ///< what sending the reply returns: -ENOENT when the caller is gone
  bool interrupted = false;

  int replies = 0;           ///< how many were sent; anything but one is a bug
  std::optional<int> error;  ///< of fuse_reply_err, 0 too
  std::optional<fuse_entry_param> entry;
  std::optional<struct stat> attr;
  std::optional<fuse_file_info> opened;
  std::optional<std::string> data;      ///< of fuse_reply_buf and fuse_reply_readlink
  std::optional<std::uint64_t> number;  ///< bytes written, an xattr's size, a position
};

namespace shmount {

/// What the callbacks have told the kernel besides the replies.
struct FakeKernel {
  int refuse_passthrough = 0;  ///< the errno with which registering a backing fails
  int next_backing_id = 1;
  std::multiset<int> backing_ids;            ///< registered now
  std::vector<std::string> forgotten_names;  ///< the names in notifications, with their parents
  std::vector<std::uint64_t> forgotten_nodes;
  std::vector<std::string> expired_names;  ///< the same, for names that only expire
  bool expires = true;                     ///< the kernel can expire names
};

FakeKernel& Kernel();
/// Becomes true, and wakes its waiters, when there was a notification of the name "end".
std::atomic<bool>& ToldOfEnd();

/// An entry as readdir replies it.
struct FuseDirent {
  std::string name;
  std::uint64_t node = 0;  ///< with readdirplus: the node whose lookup was counted; otherwise 0
  std::uint64_t ino = 0;
  std::uint64_t next = 0;
};
std::vector<FuseDirent> EntriesIn(const std::string& data, bool plus);

}  // namespace shmount
