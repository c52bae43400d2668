// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/volume/volume.h"

namespace shmount {

/// Exit codes of shmount; the man page lists them.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;  ///< could not mount, or the connection to the kernel broke
inline constexpr int kExitUsage = 2;   ///< a bad option or argument

/// What the command line asked for.
struct Options {
  std::string mountpoint;
  std::string backing = "/dev/shm";
  std::optional<Access> access;  ///< none: auto
  bool semaphores = false;
  std::string manager;  ///< empty: none
  bool allow_other = false;
  bool foreground = false;
  bool debug = false;
  std::vector<std::string> fuse;  ///< `-o` items for libfuse and the kernel
};

/// Reads the command line. If it asks for help or the version, or is wrong, prints that and returns
/// the exit code instead.
std::expected<Options, int> ParseOptions(int argc, char** argv);

/// The name of a mode as in --access.
const char* AccessName(Access access);

}  // namespace shmount
