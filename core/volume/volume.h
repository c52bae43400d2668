// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/statvfs.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/backing/act_as.h"
#include "core/base/result.h"
#include "core/nodes/directory_reader.h"
#include "core/nodes/types.h"
#include "core/volume/changes.h"

namespace shmount {

struct VolumeState;

/// How the kernel may cache the listing of the root. Ask before OpenReader().
struct NameCache {
  bool fill = false;  ///< cache what the reader lists: events report each change of a name
  bool keep = false;  ///< use what is cached
};

/// A mount's view of a backing directory, in which blocks, lists and drafts are nodes. The daemon's
/// callbacks call this class. Thread safe. The code of an error is the errno that the caller's
/// system call gets. ESTALE means that a node's name is another file's now; the kernel then looks
/// the name up again.
class Volume {
 public:
  /// Opens the backing, and cleans up after killed processes. Fails as Directory::OpenBacking and
  /// ClaimManager.
  static Result<std::unique_ptr<Volume>> Open(VolumeOptions options);
  ~Volume();

  /// Looks up `name` and counts the lookup. `.` finds the node `parent` itself, even if it was
  /// forgotten; ESTALE: it is gone, or it is a file in a draft. `..` finds the root.
  Result<Found> Lookup(NodeId parent, const char* name, const Caller& caller);
  /// Takes back lookups, as the kernel's FORGET. At 0 the node may be forgotten.
  void Forget(NodeId id, std::uint64_t lookups);
  /// Returns the errno to reply to a call on a node, whose own errno is `code`, 0 for success. Must
  /// be called for each such call: after ESTALE the kernel looks the names up again and repeats the
  /// call, and the repeated call must not fail with ESTALE. `looked_up` says that this call is such
  /// a lookup.
  int Answer(int code, bool looked_up, const Caller& caller);
  /// Whether files are held for calls that the kernel is expected to repeat. DropLooks() drops them
  /// if no such call came.
  bool HoldsLooks() const;
  void DropLooks();

  /// The calls below are those of the kernel on a node, or on a name in the directory `parent`,
  /// made with the rights of `caller`. Those that return Found or Opened count a lookup.
  Result<Attr> GetAttr(NodeId id, const Caller& caller);
  Result<Attr> SetAttr(NodeId id, const AttrChange& change, FileHandle* handle,
                       const Caller& caller);
  Status CheckAccess(NodeId id, int mask, const Caller& caller);
  Result<std::string> ReadLink(NodeId id);

  Result<std::unique_ptr<FileHandle>> Open(NodeId id, int flags, const Caller& caller);
  Result<Opened> Create(NodeId parent, const char* name, mode_t mode, int flags,
                        const Caller& caller);
  Result<Found> MakeNode(NodeId parent, const char* name, mode_t mode, const Caller& caller);
  Result<Found> MakeDirectory(NodeId parent, const char* name, mode_t mode, const Caller& caller);
  Result<Found> Link(NodeId id, NodeId parent, const char* name, const Caller& caller);
  Status Unlink(NodeId parent, const char* name, const Caller& caller);
  Status RemoveDirectory(NodeId parent, const char* name, const Caller& caller);
  Status Rename(NodeId parent, const char* name, NodeId new_parent, const char* new_name,
                unsigned flags, const Caller& caller);
  Result<std::unique_ptr<DirectoryReader>> OpenReader(NodeId id, const Caller& caller);
  NameCache RootNames() const;

  /// As in xattr.h.
  Result<std::string> GetXattr(NodeId id, const char* name, const Caller& caller);
  Result<std::string> ListXattr(NodeId id, const Caller& caller);
  Status SetXattr(NodeId id, const char* name, std::string_view value, int flags,
                  const Caller& caller);
  Status RemoveXattr(NodeId id, const char* name, const Caller& caller);

  Result<struct statvfs> StatFs() const;
  /// Whether the backing lies on a stacked file system, to which the kernel passes no I/O through.
  bool IsStacked() const;

  /// As in by_number.h.
  std::string PathOf(NodeId id) const;

  /// As in changes.h.
  std::vector<Invalidation> Changes(const Event& event);
  std::vector<Invalidation> Everything() const;
  bool ReviewRights();

  /// Unlinks everything that belongs to the manager, if the mount is one.
  void ReleaseManaged();

  /// Sets VolumeOptions::events for the calls that follow. Call it while no other call runs: a
  /// call's results from before the first event must not be cached.
  void SetEvents(bool events);

  /// A path to the backing that stays valid when another directory is mounted over it.
  std::string HeldPath() const;

  const VolumeOptions& options() const;
  /// Call it before any other call; the access that is possible is known only once mounted.
  void SetAccess(Access access);

 private:
  explicit Volume(std::unique_ptr<VolumeState> state);
  std::unique_ptr<VolumeState> state_;
};

}  // namespace shmount
