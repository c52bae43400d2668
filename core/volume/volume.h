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

/// What the kernel may do with the names of the root, asked before OpenReader().
struct NameCache {
  bool fill = false;  ///< keep what the reader gives: an event reports each name that comes or goes
  bool keep = false;  ///< use what it kept
};

/// The mounted name space over a backing directory: blocks, lists and drafts as nodes. It is what
/// the daemon's callbacks call. Thread safe. Errors are the errno that the caller's system call is
/// to get; ESTALE says that a node is no longer what its name stands for, after which the kernel
/// looks the name up again.
class Volume {
 public:
  /// Fails as Directory::OpenBacking and ClaimManager.
  static Result<std::unique_ptr<Volume>> Open(VolumeOptions options);
  ~Volume();

  /// `.` finds a node by its number alone, also one that has been forgotten: ESTALE where it is no
  /// more, and for a file in a draft. `..` of a directory is the root.
  Result<Found> Lookup(NodeId parent, const char* name, const Caller& caller);
  void Forget(NodeId id, std::uint64_t lookups);
  /// For each call that comes by a node's number: `code` is the errno that it had, 0 for none, and
  /// the result the errno to reply. The kernel repeats a call that is ESTALE, after looking its
  /// names up again, and that is not to be ESTALE once more. `looked_up`: it is one of those looks.
  int Answer(int code, bool looked_up, const Caller& caller);
  /// Whether files are held for such a call; and holds them no more, as the call did not come.
  bool HoldsLooks() const;
  void DropLooks();

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
  /// Whether the backing lies on a file system that the kernel passes nothing through to.
  bool IsStacked() const;

  /// As in by_number.h.
  std::string PathOf(NodeId id) const;

  /// As in changes.h.
  std::vector<Invalidation> Changes(const Event& event);
  std::vector<Invalidation> Everything() const;
  bool ReviewRights();

  /// Unlinks what belongs to the manager, if there is one.
  void ReleaseManaged();

  /// From the next call on there are events or none (VolumeOptions::events). Between calls: what
  /// one found before the first event must not be kept.
  void SetEvents(bool events);

  /// A path to the backing that stays one when another directory is mounted over it.
  std::string HeldPath() const;

  const VolumeOptions& options() const;
  /// Before any other call: what is possible turns out only when the mount is there.
  void SetAccess(Access access);

 private:
  explicit Volume(std::unique_ptr<VolumeState> state);
  std::unique_ptr<VolumeState> state_;
};

}  // namespace shmount
