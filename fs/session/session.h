// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fuse_lowlevel.h>

#include <functional>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "fs/ops/context.h"
#include "fs/options.h"
#include "fs/process/guard.h"
#include "fs/session/cache_invalidator.h"
#include "fs/session/serve_loop.h"

namespace shmount {

/// A FUSE session, from before the mount to the unmount.
class Session {
 public:
  /// EINVAL if libfuse does not know an option. libfuse has then printed which one.
  static Result<Session> Make(const Options& options, Daemon& daemon);
  ~Session();
  /// Move it only before Mount().
  Session(Session&& other) noexcept
      : session_(std::exchange(other.session_, nullptr)), rings_(other.rings_) {}
  Session& operator=(Session&&) = delete;

  fuse_session* get() const { return session_; }
  /// Mounts, starts a guard, and takes SIGTERM, SIGINT and SIGHUP as requests to unmount. If
  /// mounting fails, libfuse has printed why.
  Status Mount(const std::string& mountpoint);
  /// Whether there is a guard. It does the final unmount.
  bool guarded() const { return guard_.has_value(); }
  /// Serves requests until it is unmounted or a signal arrives. Calls `between` on this thread
  /// before each request, while no other is served; over io_uring only before the first.
  Status Run(const std::function<void()>& between, const IdleTask& idle_task);
  /// Whether requests come over io_uring, on threads of libfuse.
  bool rings() const { return rings_; }
  /// Stops the invalidator, and serves requests until its thread has ended.
  void Drain(Invalidator& invalidator);

 private:
  Session(fuse_session* session, bool rings) : session_(session), rings_(rings) {}
  /// Returns false once the mount is unmounted or aborted.
  bool IsConnected() const;
  /// Whether the mountpoint's path leads to this mount: it was not moved or unmounted, and nothing
  /// is mounted over it.
  bool IsAtMountpoint() const;
  void Unmount();
  void KeepLibfuseFromUnmounting() const;
  fuse_session* session_;
  bool rings_;
  std::string mountpoint_;  // empty: not mounted
  unsigned number_ = 0;     // the minor number of the mount's device
  bool signals_ = false;
  std::optional<ConnectionGuard> guard_;
};

}  // namespace shmount
