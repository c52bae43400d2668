// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace shmount {

/// The options of `shm run`.
struct RunOptions {
  std::optional<std::uint64_t> size;  ///< limit of the private /dev/shm in bytes
  std::string mount;  ///< where to show its blocks while the command runs; empty: nowhere
  std::vector<std::string> command;
};

/// Runs a command with a /dev/shm of its own. Returns the exit status of `shm run`: 125, after a
/// message, if shm itself failed.
int RunCommand(const RunOptions& options);

}  // namespace shmount
