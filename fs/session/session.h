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

namespace shmount {

/// A FUSE session, from its making to its unmount.
class Session {
 public:
  /// EINVAL after libfuse has said on stderr which option it does not know.
  static Result<Session> Make(const Options& options, Daemon& daemon);
  ~Session();
  /// Only one that is not mounted yet.
  Session(Session&& other) noexcept
      : session_(std::exchange(other.session_, nullptr)), rings_(other.rings_) {}
  Session& operator=(Session&&) = delete;

  fuse_session* get() const { return session_; }
  /// Mounts, starts a guard, and takes SIGTERM, SIGINT and SIGHUP as requests to unmount. libfuse
  /// has said why it failed.
  Status Mount(const std::string& mountpoint);
  /// Whether there is a guard, which unmounts in the end.
  bool guarded() const { return guard_.has_value(); }
  /// Serves requests until it is unmounted or a signal arrives. Calls `between` before each, on
  /// this thread while nothing else is served; over io_uring only before the first.
  Status Run(const std::function<void()>& between);
  /// Requests may come over io_uring, to threads of libfuse's.
  bool rings() const { return rings_; }
  /// Serves on until the invalidator's thread has ended.
  void Drain(Invalidator& invalidator);

 private:
  Session(fuse_session* session, bool rings) : session_(session), rings_(rings) {}
  /// False once it is unmounted or aborted.
  bool IsConnected() const;
  void Unmount();
  fuse_session* session_;
  bool rings_;
  std::string mountpoint_;  // empty: not mounted
  bool signals_ = false;
  std::optional<ConnectionGuard> guard_;
};

}  // namespace shmount
