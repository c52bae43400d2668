// SPDX-License-Identifier: Apache-2.0
// What /proc says about processes. Every call may fail because the process has ended (ESRCH,
// ENOENT) or because this process may not inspect it (EACCES, EPERM).
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/unique_fd.h"

namespace shmount {

/// The PIDs of the processes that /proc shows, in no particular order.
Result<std::vector<pid_t>> ListProcesses();

/// One process. It never refers to another process that gets the same PID later.
class Process {
 public:
  /// Opens /proc/PID. ENOENT: there is no such process.
  static Result<Process> Open(pid_t pid);

  /// The whole content of a file below /proc/PID.
  Result<std::string> Read(const char* path) const;
  Result<std::string> ReadLink(const char* path) const;
  /// Opens a directory below /proc/PID and calls `visit(descriptor of the directory, name)` for
  /// each of its entries.
  Status ForEach(const char* path, const std::function<void(int, const char*)>& visit) const;
  /// Whether its mounts belong to the user namespace of this process, so that the user IDs in their
  /// options mean the same users.
  bool HasMountsOfOurs() const;
  /// Its effective user.
  Result<uid_t> User() const;
  /// Its command line with blanks between the words; if it has none, its name in brackets.
  std::string Command() const;
  /// Whether it has no memory of its own: it is a kernel thread or has ended.
  bool HasNoMemory() const;

 private:
  explicit Process(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

/// The value of `name` in a text of lines `NAME:<blank>VALUE`; "" if there is no such line.
std::string_view ProcField(std::string_view text, std::string_view name);

}  // namespace shmount
