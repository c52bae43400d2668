// SPDX-License-Identifier: Apache-2.0
// What the rooms nodes and volume hand to each other and to the daemon.
#pragma once

#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/backing/classify.h"
#include "core/backing/node_id.h"
#include "core/nodes/file_handle.h"

namespace shmount {

/// How raw blocks are reached through the mount.
enum class Access : std::uint8_t {
  kPassthrough,  ///< regular files whose I/O the kernel passes to the backing
  kLink,         ///< symbolic links to the backing
  kDirect,       ///< regular files, read and written by the daemon, never mapped
};

struct VolumeOptions {
  std::string backing = "/dev/shm";
  Access access = Access::kPassthrough;
  bool semaphores = false;  ///< show sem.*
  bool multi_user = false;  ///< act with each caller's rights, not this process's own
  std::string manager;  ///< not empty: what is created belongs to it, until Volume::ReleaseManaged
  bool events = true;   ///< somebody invalidates caches by Volume::Changes; else none are kept
  /// Called before the reply to a call, for a node whose attributes have changed since the kernel
  /// cached them, where the caller is to see them as they are. May be empty.
  std::function<void(NodeId)> forget_attributes;
  /// Told in a sentence why something was refused that an errno cannot say. May be empty.
  std::function<void(const std::string&)> log;
};

/// A node and what the kernel may remember of it, in seconds.
struct Found {
  NodeId id;
  struct stat attr;
  Seconds entry_ttl = 0;
  Seconds attr_ttl = 0;
};

struct Attr {
  struct stat attr;
  Seconds ttl = 0;
};

struct Opened {
  Found found;  ///< after Create
  std::unique_ptr<FileHandle> handle;
};

/// What a setattr asks for; what is absent stays. Times hold UTIME_NOW and UTIME_OMIT as
/// utimensat(2).
struct AttrChange {
  std::optional<mode_t> mode;
  std::optional<uid_t> uid;
  std::optional<gid_t> gid;
  std::optional<std::uint64_t> size;
  std::optional<std::array<struct timespec, 2>> times;
};

}  // namespace shmount
