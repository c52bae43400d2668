// SPDX-License-Identifier: Apache-2.0
// A command with a /dev/shm of its own, which is gone when the command ends, whatever ended it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/unique_fd.h"

namespace shmount {

/// A process that outlived the command.
struct Lingering {
  pid_t pid = 0;  ///< as this process sees it
  std::string command;
};

/// The command and all that it starts, in a PID and a mount namespace of their own (and a user
/// namespace that maps the user onto himself, where the caller is not root), with a new tmpfs on
/// /dev/shm. When the namespaces' first process ends, and it does when this process does, the
/// kernel kills the rest and frees the tmpfs. Not thread safe.
class Contained {
 public:
  /// Sets the namespaces up; the command does not run yet. `size` is the tmpfs' limit in bytes;
  /// half the machine's memory without one. EPERM where namespaces are forbidden.
  static Result<Contained> Prepare(std::optional<std::uint64_t> size);
  ~Contained();
  Contained(Contained&& other) noexcept;
  Contained& operator=(Contained&&) = delete;

  /// The root of the command's /dev/shm.
  int shm() const { return shm_.get(); }

  /// Starts the command, which must be a program's name or path and its arguments.
  Status Start(const std::vector<std::string>& command);
  /// Waits for its end, passing on signals to it meanwhile; returns its exit status as a shell
  /// gives it: 128 + N for signal N, 127 when it was not found, 126 when it could not be run.
  Result<int> Wait();
  /// What it started and is running still. Only between Wait() and End().
  Result<std::vector<Lingering>> Leftovers() const;
  /// Ends what is left.
  void End();

 private:
  Contained(pid_t init, UniqueFd channel, UniqueFd shm)
      : init_(init), channel_(std::move(channel)), shm_(std::move(shm)) {}
  pid_t init_;
  UniqueFd channel_;
  UniqueFd shm_;
};

}  // namespace shmount
