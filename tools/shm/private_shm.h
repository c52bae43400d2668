// SPDX-License-Identifier: Apache-2.0
// Runs a command with a /dev/shm of its own, which is gone when the command ends, whatever ended
// it.
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

/// A command and all that it starts, in PID and mount namespaces of their own, with a new tmpfs on
/// /dev/shm. A caller who is not root also gets a user namespace, which maps the user to the same
/// ID. The first process of the namespaces ends when this process ends. The kernel then kills the
/// rest and frees the tmpfs. Not thread safe.
class Contained {
 public:
  /// Sets the namespaces up and does not run the command yet. `size` is the limit of the tmpfs in
  /// bytes; without it, the limit is half of the machine's memory. `shown` is where a mount will
  /// show the blocks, for the command too; or empty. EPERM if namespaces are forbidden.
  static Result<Contained> Prepare(std::optional<std::uint64_t> size, std::string shown);
  ~Contained();
  Contained(Contained&& other) noexcept;
  Contained& operator=(Contained&&) = delete;

  /// A descriptor of the command's /dev/shm.
  int shm() const { return shm_.get(); }

  /// Starts the command: the name or path of a program, and its arguments.
  Status Start(const std::vector<std::string>& command);
  /// Waits until the command ends, and passes signals on to it meanwhile. Returns its exit status
  /// as a shell does: 128 + N for signal N, 127 if it was not found, 126 if it could not be run.
  Result<int> Wait();
  /// Returns the processes that it started and that still run. Only between Wait() and End().
  Result<std::vector<Lingering>> Leftovers() const;
  /// Ends all processes that are left.
  void End();

 private:
  Contained(pid_t init, UniqueFd channel, UniqueFd shm)
      : init_(init), channel_(std::move(channel)), shm_(std::move(shm)) {}
  pid_t init_;
  UniqueFd channel_;
  UniqueFd shm_;
  std::string shown_;
};

}  // namespace shmount
