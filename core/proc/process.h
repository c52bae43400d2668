// SPDX-License-Identifier: Apache-2.0
// What /proc says about processes. Every call may fail because the process has ended (ESRCH,
// ENOENT) or because this one may not inspect it (EACCES, EPERM).
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/unique_fd.h"

namespace shmount {

/// The processes that /proc shows, in no order.
Result<std::vector<pid_t>> ListProcesses();

/// One process, and never another that gets its number later.
class Process {
 public:
  static Result<Process> Open(pid_t pid);

  /// A file below /proc/PID, whole.
  Result<std::string> Read(const char* path) const;
  Result<std::string> ReadLink(const char* path) const;
  /// Opens a directory below /proc/PID and calls `visit(directory's descriptor, name)` for what is
  /// in it.
  Status ForEach(const char* path, const std::function<void(int, const char*)>& visit) const;
  /// Whether its mounts belong to the user namespace of this process, and so show users' numbers as
  /// they are.
  bool HasMountsOfOurs() const;
  /// The user it acts as.
  Result<uid_t> User() const;
  /// Its command line with blanks between the words, or its name in brackets where it has none.
  std::string Command() const;
  /// Whether it has no memory of its own: it is a kernel thread or has ended.
  bool HasNoMemory() const;

 private:
  explicit Process(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

/// The value of `name` in a text of lines `NAME:<blank>VALUE`; "" if it is not there.
std::string_view ProcField(std::string_view text, std::string_view name);

}  // namespace shmount
