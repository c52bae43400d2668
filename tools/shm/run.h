// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace shmount {

struct RunOptions {
  std::optional<std::uint64_t> size;  ///< bytes that the private /dev/shm may hold
  std::string mount;                  ///< where to show it meanwhile; empty: nowhere
  std::vector<std::string> command;
};

/// Runs a command with a /dev/shm of its own; returns the exit status for `shm run` to end with.
/// 125 says that shm itself failed, and why is on stderr.
int RunCommand(const RunOptions& options);

}  // namespace shmount
