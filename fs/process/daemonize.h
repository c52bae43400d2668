// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>

#include "core/base/unique_fd.h"

namespace shmount {

/// Goes on in a process of its own, while the first waits until that says that it is ready.
class Background {
 public:
  /// Returns in the daemon's process. In the first one it returns the exit code, after the
  /// daemon has said its line, which is printed, or has ended without one. Before any thread is
  /// made.
  static std::expected<Background, int> Start(const std::string& mountpoint);
  /// Stays in this process.
  Background() = default;

  /// Says that the mount is there, with a line for the user; a daemon then leaves its terminal.
  void Ready(const std::string& line);

 private:
  explicit Background(UniqueFd pipe) : pipe_(std::move(pipe)) {}
  UniqueFd pipe_;
};

}  // namespace shmount
