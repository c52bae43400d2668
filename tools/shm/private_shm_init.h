// SPDX-License-Identifier: Apache-2.0
// The first process in the namespaces of a contained command; for contained.cc alone.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace shmount {

struct InitOptions {
  std::optional<std::uint64_t> size;
  uid_t uid = 0;
  gid_t gid = 0;
  bool map_user = false;
};

/// What it says over its channel: first, with the descriptor of /dev/shm, whether all is set up (an
/// errno or 0, and which step failed); later the command's exit status.
struct InitReport {
  int value = 0;
  std::array<char, 60> where = {};
};

/// Longest command line, in bytes, that it takes over its channel.
inline constexpr std::size_t kLongestCommand = 1 << 17;

/// Sets the namespaces up, reports, waits for the command's words, runs it with the signal mask
/// `mask`, reaps, reports its status and then waits to be killed. Returns where it cannot go on.
int RunInit(int channel, const InitOptions& options, const sigset_t& mask);

}  // namespace shmount
