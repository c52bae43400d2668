// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>

#include "core/base/unique_fd.h"

namespace shmount {

/// Continues in a new process, while the first process waits until the new one is ready.
class Background {
 public:
  /// Returns a Background in the new process, the daemon. In the first process it returns the exit
  /// code, after the daemon has sent its line, which is printed, or has ended without one. Call it
  /// before any thread is started.
  static std::expected<Background, int> Start(const std::string& mountpoint);
  /// Continues in this process.
  Background() = default;

  /// Reports that the mount is ready, with a line for the user. A daemon then leaves its terminal.
  void Ready(const std::string& line);

 private:
  explicit Background(UniqueFd pipe) : pipe_(std::move(pipe)) {}
  UniqueFd pipe_;
};

}  // namespace shmount
