// SPDX-License-Identifier: Apache-2.0
// Types that the rooms nodes and volume exchange with each other and with the daemon.
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
  kDirect,       ///< regular files that the daemon reads and writes; no shared mappings
};

/// The options of a mount.
struct VolumeOptions {
  std::string backing = "/dev/shm";
  Access access = Access::kPassthrough;
  bool semaphores = false;  ///< show sem.*
  bool multi_user = false;  ///< act with each caller's rights, not this process's own
  std::string manager;      ///< the ID of the manager that owns what is created; empty: none
  bool events = true;       ///< a watch invalidates caches by Volume::Changes; false: cache nothing
  /// Called before a reply, for a node whose cached attributes in the kernel are out of date and
  /// must be correct when the caller has the reply. May be empty.
  std::function<void(NodeId)> forget_attributes;
  /// Called with a sentence that says why something was refused, where an errno does not say
  /// enough. May be empty.
  std::function<void(const std::string&)> log;
};

/// A node, its attributes, and for how many seconds the kernel may cache them.
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

/// The result of an open or a creation.
struct Opened {
  Found found;  ///< after Create
  std::unique_ptr<FileHandle> handle;
};

/// The attributes to change; absent ones stay. Times may be UTIME_NOW and UTIME_OMIT, as in
/// utimensat(2).
struct AttrChange {
  std::optional<mode_t> mode;
  std::optional<uid_t> uid;
  std::optional<gid_t> gid;
  std::optional<std::uint64_t> size;
  std::optional<std::array<struct timespec, 2>> times;
};

}  // namespace shmount
