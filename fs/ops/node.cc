// SPDX-License-Identifier: Apache-2.0
// Callbacks on nodes: lookup, forget, attributes, links, the file system itself.
#include <unistd.h>

#include <cstddef>
#include <cstdint>

#include "fs/ops/reply.h"
#include "fs/ops/table.h"

namespace shmount {
namespace {

void Lookup(fuse_req_t req, fuse_ino_t parent, const char* name) {
  Serve<By::kName>(req, [&]() -> Status {
    // An absent name is an error, not a negative entry, so that the kernel does not cache it. If
    // the name is created, its event could arrive later than a caller that knows of it.
    const auto found = TRY(VolumeOf(req).Lookup(NodeId(parent), name, CallerOf(req)));
    const fuse_entry_param entry = EntryOf(found);
    fuse_reply_entry(req, &entry);
    return {};
  });
}

void Forget(fuse_req_t req, fuse_ino_t ino, std::uint64_t lookups) {
  VolumeOf(req).Forget(NodeId(ino), lookups);
  fuse_reply_none(req);
}

void ForgetMulti(fuse_req_t req, std::size_t count, fuse_forget_data* forgets) {
  for (const fuse_forget_data& each : std::span(forgets, count)) {
    VolumeOf(req).Forget(NodeId(each.ino), each.nlookup);
  }
  fuse_reply_none(req);
}

void GetAttr(fuse_req_t req, fuse_ino_t ino, fuse_file_info*) {
  Serve<By::kNode>(req, [&]() -> Status {
    const auto attr = VolumeOf(req).GetAttr(NodeId(ino), CallerOf(req));
    if (!attr) {
      return std::unexpected(attr.error());
    }
    fuse_reply_attr(req, &attr->attr, attr->ttl);
    return {};
  });
}

struct timespec TimeOf(const struct timespec& given, int flags, int set, int now) {
  if ((flags & now) != 0) {
    return {0, UTIME_NOW};
  }
  return (flags & set) != 0 ? given : timespec{0, UTIME_OMIT};
}

AttrChange ChangeOf(const struct stat& attr, int flags) {
  AttrChange change;
  if ((flags & FUSE_SET_ATTR_MODE) != 0) {
    change.mode = attr.st_mode;
  }
  if ((flags & FUSE_SET_ATTR_UID) != 0) {
    change.uid = attr.st_uid;
  }
  if ((flags & FUSE_SET_ATTR_GID) != 0) {
    change.gid = attr.st_gid;
  }
  if ((flags & FUSE_SET_ATTR_SIZE) != 0) {
    change.size = static_cast<std::uint64_t>(attr.st_size);
  }
  if ((flags & (FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_ATIME_NOW |
                FUSE_SET_ATTR_MTIME_NOW)) != 0) {
    change.times = {
        TimeOf(attr.st_atim, flags, FUSE_SET_ATTR_ATIME, FUSE_SET_ATTR_ATIME_NOW),
        TimeOf(attr.st_mtim, flags, FUSE_SET_ATTR_MTIME, FUSE_SET_ATTR_MTIME_NOW),
    };
  }
  return change;
}

void SetAttr(fuse_req_t req, fuse_ino_t ino, struct stat* attr, int flags, fuse_file_info* fi) {
  Serve<By::kNode>(req, [&]() -> Status {
    const auto handle = HandleOf(req, fi);
    const auto changed = TRY(
        VolumeOf(req).SetAttr(NodeId(ino), ChangeOf(*attr, flags), handle.get(), CallerOf(req)));
    fuse_reply_attr(req, &changed.attr, changed.ttl);
    return {};
  });
}

void CheckAccess(fuse_req_t req, fuse_ino_t ino, int mask) {
  ServeStatus<By::kNode>(req, [&]() -> Status {
    Volume& volume = VolumeOf(req);
    if (!volume.options().multi_user && geteuid() == 0) {
      return Fail(ENOSYS, "access");  // root has access, and after this the kernel no longer asks
    }
    return volume.CheckAccess(NodeId(ino), mask, CallerOf(req));
  });
}

void ReadLink(fuse_req_t req, fuse_ino_t ino) {
  Serve<By::kNode>(req, [&]() -> Status {
    const auto target = TRY(VolumeOf(req).ReadLink(NodeId(ino)));
    fuse_reply_readlink(req, target.c_str());
    return {};
  });
}

void StatFs(fuse_req_t req, fuse_ino_t) {
  Serve<By::kNode>(req, [&]() -> Status {
    const auto st = TRY(VolumeOf(req).StatFs());
    fuse_reply_statfs(req, &st);
    return {};
  });
}

}  // namespace

void AddNodeOps(fuse_lowlevel_ops& ops) {
  ops.lookup = Lookup;
  ops.forget = Forget;
  ops.forget_multi = ForgetMulti;
  ops.getattr = GetAttr;
  ops.setattr = SetAttr;
  ops.access = CheckAccess;
  ops.readlink = ReadLink;
  ops.statfs = StatFs;
}

}  // namespace shmount
