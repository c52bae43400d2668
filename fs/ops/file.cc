// SPDX-License-Identifier: Apache-2.0
// Callbacks on open files.
#include <fcntl.h>
#include <sys/file.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "fs/ops/reply.h"
#include "fs/ops/table.h"

namespace shmount {
namespace {

// Sets in `fi` how the kernel does I/O on the file.
Status ChooseIo(fuse_req_t req, NodeId id, const FileHandle& handle, fuse_file_info& fi) {
  Daemon& daemon = DaemonOf(req);
  const auto raw = handle.PassthroughFd();
  fi.noflush = handle.ReportsAtClose() ? 0 : 1;
  if (!raw || daemon.volume->options().access != Access::kPassthrough) {
    fi.direct_io = 1;
    fi.parallel_direct_writes = 1;
    return {};
  }
  const auto backing = TRY(daemon.backing_ids.Acquire(req, id, *raw));
  fi.backing_id = backing;
  return {};
}

void Close(fuse_req_t req, NodeId id, const fuse_file_info& fi) {
  Daemon& daemon = DaemonOf(req);
  auto handle = daemon.files.Take(fi.fh);
  const bool passed =
      handle && handle->PassthroughFd() && daemon.volume->options().access == Access::kPassthrough;
  handle.reset();
  if (passed) {
    daemon.backing_ids.Release(req, id);
  }
}

void Open(fuse_req_t req, fuse_ino_t ino, fuse_file_info* fi) {
  Serve<By::kNode>(req, [&]() -> Status {
    const NodeId id(ino);
    auto share = TRY(TakeShare(req));
    auto handle = TRY(VolumeOf(req).Open(id, fi->flags, CallerOf(req)));
    TRY(ChooseIo(req, id, *handle, *fi));
    fi->fh = DaemonOf(req).files.Keep(std::move(handle), std::move(share));
    if (fuse_reply_open(req, fi) != 0) {
      Close(req, id, *fi);
    }
    return {};
  });
}

void Create(fuse_req_t req, fuse_ino_t parent, const char* name, mode_t mode, fuse_file_info* fi) {
  Serve<By::kNode>(req, [&]() -> Status {
    Volume& volume = VolumeOf(req);
    auto share = TRY(TakeShare(req));
    auto opened = TRY(volume.Create(NodeId(parent), name, mode, fi->flags, CallerOf(req)));
    const NodeId id = opened.found.id;
    if (const auto chosen = ChooseIo(req, id, *opened.handle, *fi); !chosen) {
      volume.Forget(id, 1);
      return chosen;
    }
    fi->fh = DaemonOf(req).files.Keep(std::move(opened.handle), std::move(share));
    const fuse_entry_param entry = EntryOf(opened.found);
    if (fuse_reply_create(req, &entry, fi) != 0) {
      Close(req, id, *fi);
      volume.Forget(id, 1);
    }
    return {};
  });
}

void Release(fuse_req_t req, fuse_ino_t ino, fuse_file_info* fi) {
  ServeStatus(req, [&]() -> Status {
    Close(req, NodeId(ino), *fi);
    return {};
  });
}

void Read(fuse_req_t req, fuse_ino_t, std::size_t size, off_t offset, fuse_file_info* fi) {
  Serve(req, [&]() -> Status {
    // Not a vector, which would fill the whole buffer with zeros: most reads need little of it.
    const auto buffer = std::make_unique_for_overwrite<std::byte[]>(size);
    const auto n =
        TRY(HandleOf(req, fi)->Read(static_cast<std::uint64_t>(offset), {buffer.get(), size}));
    fuse_reply_buf(req, reinterpret_cast<const char*>(buffer.get()), n);
    return {};
  });
}

void Write(fuse_req_t req, fuse_ino_t, const char* data, std::size_t size, off_t offset,
           fuse_file_info* fi) {
  Serve(req, [&]() -> Status {
    const auto from = std::as_bytes(std::span(data, size));
    // The kernel's offset for O_APPEND can be out of date, because the file may have grown in the
    // backing.
    const auto handle = HandleOf(req, fi);
    const bool appends = (fi->flags & O_APPEND) != 0;
    const auto n = TRY(appends ? handle->Append(from)
                               : handle->Write(static_cast<std::uint64_t>(offset), from));
    fuse_reply_write(req, n);
    return {};
  });
}

void Flush(fuse_req_t req, fuse_ino_t, fuse_file_info* fi) {
  ServeStatus(req, [&] { return HandleOf(req, fi)->Close(); });
}

void Sync(fuse_req_t req, fuse_ino_t, int data_only, fuse_file_info* fi) {
  ServeStatus(req, [&] { return HandleOf(req, fi)->Sync(data_only != 0); });
}

void Allocate(fuse_req_t req, fuse_ino_t, int mode, off_t offset, off_t length,
              fuse_file_info* fi) {
  ServeStatus(req, [&] {
    return HandleOf(req, fi)->Allocate(mode, static_cast<std::uint64_t>(offset),
                                       static_cast<std::uint64_t>(length));
  });
}

void Seek(fuse_req_t req, fuse_ino_t, off_t offset, int whence, fuse_file_info* fi) {
  Serve(req, [&]() -> Status {
    const auto at = TRY(HandleOf(req, fi)->Seek(static_cast<std::uint64_t>(offset), whence));
    fuse_reply_lseek(req, static_cast<off_t>(at));
    return {};
  });
}

void Lock(fuse_req_t req, fuse_ino_t, fuse_file_info* fi, int operation) {
  Serve(req, [&]() -> Status {
    const auto handle = HandleOf(req, fi);
    const auto locked = handle->Lock(operation | LOCK_NB);
    if (!locked && locked.error().code == EWOULDBLOCK && (operation & LOCK_NB) == 0) {
      return DaemonOf(req).lock_waiters.Wait(req, handle, operation);
    }
    if (locked) {
      fuse_reply_err(req, 0);
    }
    return locked;
  });
}

}  // namespace

void AddFileOps(fuse_lowlevel_ops& ops) {
  ops.open = Open;
  ops.create = Create;
  ops.release = Release;
  ops.read = Read;
  ops.write = Write;
  ops.flush = Flush;
  ops.fsync = Sync;
  ops.fallocate = Allocate;
  ops.lseek = Seek;
  ops.flock = Lock;
}

}  // namespace shmount
