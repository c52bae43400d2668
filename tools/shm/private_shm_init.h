// SPDX-License-Identifier: Apache-2.0
// The first process in the namespaces of a command. Only private_shm.cc uses this.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/base/unique_fd.h"

namespace shmount {

/// What Contained::Prepare passes to the first process.
struct InitOptions {
  std::optional<std::uint64_t> size;
  uid_t uid = 0;
  gid_t gid = 0;
  bool map_user = false;
  std::string shown;  ///< where the blocks are shown outside, or empty
};

/// What it sends over its channel. The first report comes with a descriptor of /dev/shm and says
/// whether all is set up: `value` is 0, or the errno of the step in `where`. In the second, `value`
/// is the exit status of the command.
struct InitReport {
  int value = 0;
  std::array<char, 60> where = {};
};

/// The longest command line, in bytes, that its channel takes.
inline constexpr std::size_t kLongestCommand = 1 << 17;

/// Sends a message, and a descriptor if there is one.
bool SendWith(int channel, const void* data, std::size_t size, const UniqueFd& fd);

/// Receives a message, and a descriptor if one comes with it. Returns as recvmsg does.
ssize_t ReceiveWith(int channel, void* data, std::size_t size, UniqueFd& fd);

/// Sets the namespaces up, reports, receives the command's words, runs it with the signal mask
/// `mask`, reaps, reports its status, and then waits to be killed. Returns only if a step fails.
int RunInit(int channel, const InitOptions& options, const sigset_t& mask);

}  // namespace shmount
