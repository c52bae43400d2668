// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "core/volume/volume.h"
#include "fs/ops/flock_waiters.h"
#include "fs/ops/open_handles.h"
#include "fs/ops/passthrough_ids.h"
#include "fs/ops/request_log.h"
#include "fs/ops/user_shares.h"

namespace shmount {

/// The userdata of every callback.
struct Daemon {
  std::unique_ptr<Volume> volume;
  BackingIds backing_ids;
  UserShares open_shares{MostOpenFiles()};
  LockWaiters lock_waiters;
  OpenHandles<FileHandle> files;
  OpenHandles<DirectoryReader> directories;
  std::unique_ptr<RequestLog> request_log;  ///< null without --debug
  /// Called once, when the kernel's capabilities are known, before any other request. It decides
  /// how blocks are accessed, and prints the start line.
  std::function<void(bool passthrough)> on_init;
};

}  // namespace shmount
