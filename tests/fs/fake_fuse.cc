// SPDX-License-Identifier: Apache-2.0
#include "tests/fs/fake_fuse.h"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace shmount {
namespace {

// As in the kernel's fuse_dirent: the name follows, padded to 8 bytes.
struct Header {
  std::uint64_t node;
  std::uint64_t ino;
  std::uint64_t next;
  std::uint64_t length;
};

constexpr std::size_t kPlusSize = 128;  // of the attributes before each entry of readdirplus

std::size_t Add(char* buffer, std::size_t room, const char* name, std::size_t before,
                const Header& header) {
  const std::size_t size = before + sizeof header + (header.length + 7) / 8 * 8;
  if (size <= room) {
    std::memcpy(buffer + before, &header, sizeof header);
    std::memcpy(buffer + before + sizeof header, name, header.length);
  }
  return size;
}

template <class T>
int Reply(fuse_req_t req, std::optional<T>& part, const T& value) {
  ++req->replies;
  part = value;
  return req->reply_result;
}

}  // namespace

std::atomic<bool>& ToldOfEnd() {
  static std::atomic<bool> told = false;
  return told;
}

FakeKernel& Kernel() {
  static FakeKernel kernel;
  return kernel;
}

std::vector<FuseDirent> EntriesIn(const std::string& data, bool plus) {
  std::vector<FuseDirent> entries;
  for (std::size_t at = 0; at < data.size();) {
    Header header;
    at += plus ? kPlusSize : 0;
    std::memcpy(&header, data.data() + at, sizeof header);
    at += sizeof header;
    entries.push_back({data.substr(at, header.length), header.node, header.ino, header.next});
    at += (header.length + 7) / 8 * 8;
  }
  return entries;
}

}  // namespace shmount

using shmount::Kernel;
using shmount::Reply;

extern "C" {

void* fuse_req_userdata(fuse_req_t req) { return req->daemon; }
const fuse_ctx* fuse_req_ctx(fuse_req_t req) { return &req->context; }
int fuse_req_interrupted(fuse_req_t req) { return req->interrupted ? 1 : 0; }

int fuse_reply_err(fuse_req_t req, int err) { return Reply(req, req->error, err); }
void fuse_reply_none(fuse_req_t req) { ++req->replies; }
int fuse_reply_entry(fuse_req_t req, const fuse_entry_param* e) {
  return Reply(req, req->entry, *e);
}
int fuse_reply_create(fuse_req_t req, const fuse_entry_param* e, const fuse_file_info* fi) {
  req->opened = *fi;
  return Reply(req, req->entry, *e);
}
int fuse_reply_open(fuse_req_t req, const fuse_file_info* fi) {
  return Reply(req, req->opened, *fi);
}
int fuse_reply_attr(fuse_req_t req, const struct stat* attr, double) {
  return Reply(req, req->attr, *attr);
}
int fuse_reply_readlink(fuse_req_t req, const char* link) {
  return Reply(req, req->data, std::string(link));
}
int fuse_reply_buf(fuse_req_t req, const char* buf, size_t size) {
  return Reply(req, req->data, std::string(buf, size));
}
int fuse_reply_write(fuse_req_t req, size_t count) {
  return Reply(req, req->number, std::uint64_t{count});
}
int fuse_reply_xattr(fuse_req_t req, size_t count) {
  return Reply(req, req->number, std::uint64_t{count});
}
int fuse_reply_lseek(fuse_req_t req, off_t off) {
  return Reply(req, req->number, static_cast<std::uint64_t>(off));
}
int fuse_reply_statfs(fuse_req_t req, const struct statvfs* st) {
  return Reply(req, req->number, std::uint64_t{st->f_blocks});
}

size_t fuse_add_direntry(fuse_req_t, char* buf, size_t bufsize, const char* name,
                         const struct stat* stbuf, off_t off) {
  return shmount::Add(buf, bufsize, name, 0,
                      {0, stbuf->st_ino, static_cast<std::uint64_t>(off), std::strlen(name)});
}
size_t fuse_add_direntry_plus(fuse_req_t, char* buf, size_t bufsize, const char* name,
                              const fuse_entry_param* e, off_t off) {
  return shmount::Add(buf, bufsize, name, shmount::kPlusSize,
                      {e->ino, e->attr.st_ino, static_cast<std::uint64_t>(off), std::strlen(name)});
}

int fuse_passthrough_open(fuse_req_t, int) {
  if (Kernel().refuse_passthrough != 0) {
    errno = Kernel().refuse_passthrough;
    return 0;
  }
  Kernel().backing_ids.insert(Kernel().next_backing_id);
  return Kernel().next_backing_id++;
}
int fuse_passthrough_close(fuse_req_t, int backing_id) {
  return Kernel().backing_ids.erase(backing_id) == 1 ? 0 : -1;
}

int fuse_lowlevel_notify_inval_inode(fuse_session*, fuse_ino_t ino, off_t, off_t) {
  Kernel().forgotten_nodes.push_back(ino);
  return 0;
}
int fuse_lowlevel_notify_inval_entry(fuse_session*, fuse_ino_t parent, const char* name,
                                     size_t size) {
  Kernel().forgotten_names.push_back(std::to_string(parent) + "/" + std::string(name, size));
  if (std::string_view(name, size) == "end") {
    shmount::ToldOfEnd() = true;
    shmount::ToldOfEnd().notify_all();
  }
  return 0;
}
int fuse_lowlevel_notify_expire_entry(fuse_session*, fuse_ino_t parent, const char* name,
                                      size_t size) {
  Kernel().expired_names.push_back(std::to_string(parent) + "/" + std::string(name, size));
  return Kernel().expires ? 0 : -ENOSYS;
}

bool fuse_set_feature_flag(fuse_conn_info* conn, uint64_t flag) {
  conn->want_ext |= flag & conn->capable_ext;
  return (conn->capable_ext & flag) != 0;
}
void fuse_unset_feature_flag(fuse_conn_info* conn, uint64_t flag) { conn->want_ext &= ~flag; }
bool fuse_get_feature_flag(fuse_conn_info* conn, uint64_t flag) {
  return (conn->want_ext & flag) != 0;
}

const char* fuse_pkgversion(void) { return "fake"; }
void fuse_log(fuse_log_level, const char*, ...) {}
}
