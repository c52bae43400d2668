// SPDX-License-Identifier: Apache-2.0
// What all callbacks use: their daemon, their caller, and the one place that turns errors into
// replies.
#pragma once

#include <fuse_lowlevel.h>

#include <cerrno>
#include <cstdint>
#include <new>

#include "core/volume/volume.h"
#include "fs/ops/context.h"

namespace shmount {

inline Daemon& DaemonOf(fuse_req_t req) { return *static_cast<Daemon*>(fuse_req_userdata(req)); }
inline Volume& VolumeOf(fuse_req_t req) { return *DaemonOf(req).volume; }

inline Caller CallerOf(fuse_req_t req) {
  const fuse_ctx* context = fuse_req_ctx(req);
  return {context->uid, context->gid, context->pid};
}

/// Reserves one open file of the caller's share. EMFILE: the user has no more.
inline Result<UserShares::Share> TakeShare(fuse_req_t req) {
  return DaemonOf(req).open_shares.Take(fuse_req_ctx(req)->uid, EMFILE);
}

inline std::shared_ptr<FileHandle> HandleOf(fuse_req_t req, const fuse_file_info* fi) {
  return fi == nullptr ? nullptr : DaemonOf(req).files.Get(fi->fh);
}

/// Passes the errno of a failed request to the log of requests, if there is one.
inline void RecordErrno(fuse_req_t req, int code) {
  if (RequestLog* log = DaemonOf(req).request_log.get()) {
    log->Refused(req, code);
  }
}

/// How a request identifies its file: by an open handle, by a node's number, or by a name to look
/// up.
enum class By : std::uint8_t { kHandle, kNode, kName };

/// Runs the body of a callback. The body itself sends the reply if it succeeds. If it returns an
/// Error, or throws before it has replied, the errno is the reply.
template <By How = By::kHandle, class Body>
void Serve(fuse_req_t req, Body&& body) noexcept {
  // A request is freed with its reply.
  [[maybe_unused]] const Daemon& daemon = DaemonOf(req);
  [[maybe_unused]] const Caller caller = CallerOf(req);
  int code = 0;
  try {
    const Status status = body();
    code = status ? 0 : status.error().code;
  } catch (const std::bad_alloc&) {
    code = ENOMEM;
  } catch (...) {
    code = EIO;
  }
  if constexpr (How != By::kHandle) {
    code = daemon.volume->Answer(code, How == By::kName, caller);
  }
  if (code != 0) {
    RecordErrno(req, code);
    fuse_reply_err(req, code);
  }
}

/// The same for a body whose only reply is success, which is sent here.
template <By How = By::kHandle, class Body>
void ServeStatus(fuse_req_t req, Body&& body) noexcept {
  Serve<How>(req, [&]() -> Status {
    Status status = body();
    if (status) {
      fuse_reply_err(req, 0);
    }
    return status;
  });
}

inline fuse_entry_param EntryOf(const Found& found) {
  fuse_entry_param entry = {};
  entry.ino = found.id.raw();
  entry.attr = found.attr;
  entry.attr_timeout = found.attr_ttl;
  entry.entry_timeout = found.entry_ttl;
  return entry;
}

}  // namespace shmount
