// SPDX-License-Identifier: Apache-2.0
#include "fs/ops/logged_ops.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <type_traits>

#include "core/value/utf8.h"
#include "fs/ops/reply.h"
#include "fs/ops/table.h"

namespace shmount {
namespace {

const fuse_lowlevel_ops& PlainOps() {
  static const fuse_lowlevel_ops kOps = MakeOps();
  return kOps;
}

// Prints a node as its path in the mount.
struct Node {
  const Volume& volume;
  std::string operator()(fuse_ino_t ino) const {
    const NodeId id(ino);
    const std::string path = volume.PathOf(id);
    return path.empty() ? fmt::format("({:x})", ino) : path;
  }
  std::string operator()(fuse_ino_t parent, const char* name) const {
    return NodeId(parent).is_root() ? std::string(name)
                                    : fmt::format("{}/{}", (*this)(parent), name);
  }
};

std::string OpenFlags(const fuse_file_info* fi) {
  static constexpr std::pair<int, const char*> kNames[] = {
      {O_CREAT, "|O_CREAT"},   {O_EXCL, "|O_EXCL"},           {O_TRUNC, "|O_TRUNC"},
      {O_APPEND, "|O_APPEND"}, {O_DIRECTORY, "|O_DIRECTORY"}, {O_NONBLOCK, "|O_NONBLOCK"}};
  const int mode = fi->flags & O_ACCMODE;
  std::string text = mode == O_RDONLY ? "O_RDONLY" : mode == O_WRONLY ? "O_WRONLY" : "O_RDWR";
  for (const auto& [flag, name] : kNames) {
    text += (fi->flags & flag) != 0 ? name : "";
  }
  return text;
}

std::string Changes(const struct stat& attr, int flags) {
  std::string text;
  if ((flags & FUSE_SET_ATTR_MODE) != 0) {
    text += fmt::format(" mode={:04o}", attr.st_mode & 07777);
  }
  if ((flags & FUSE_SET_ATTR_UID) != 0) {
    text += fmt::format(" uid={}", attr.st_uid);
  }
  if ((flags & FUSE_SET_ATTR_GID) != 0) {
    text += fmt::format(" gid={}", attr.st_gid);
  }
  if ((flags & FUSE_SET_ATTR_SIZE) != 0) {
    text += fmt::format(" size={}", attr.st_size);
  }
  if ((flags & (FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME)) != 0) {
    text += " times";
  }
  return text;
}

/// Replaces a callback of `ops` by one that calls it and then logs what was asked, as
/// `Wording()(node, arguments…)` puts it, and how it ended.
template <auto Member, class Wording>
void Log(fuse_lowlevel_ops& ops, Wording) {
  static_assert(std::is_empty_v<Wording>);
  ops.*Member = [](fuse_req_t req, auto... arguments) {
    Daemon& daemon = DaemonOf(req);
    const Caller caller = CallerOf(req);
    // Before the call: afterwards a name may stand for something else.
    const std::string asked = Wording()(Node{*daemon.volume}, arguments...);
    (PlainOps().*Member)(req, arguments...);
    const int code = daemon.request_log->TakeCode(req);
    fmt::print(stderr, "{} pid={} uid={}: {}\n", Printable(asked), caller.pid, caller.uid,
               code == 0 ? "ok" : strerrorname_np(code));
  };
}

void AddNames(fuse_lowlevel_ops& ops) {
  using Ops = fuse_lowlevel_ops;
  Log<&Ops::lookup>(ops, [](Node node, fuse_ino_t parent, const char* name) {
    return "lookup " + node(parent, name);
  });
  Log<&Ops::mknod>(ops, [](Node node, fuse_ino_t parent, const char* name, mode_t mode, dev_t) {
    return fmt::format("mknod {} {:06o}", node(parent, name), mode);
  });
  Log<&Ops::mkdir>(ops, [](Node node, fuse_ino_t parent, const char* name, mode_t mode) {
    return fmt::format("mkdir {} {:04o}", node(parent, name), mode);
  });
  Log<&Ops::symlink>(ops, [](Node node, const char* target, fuse_ino_t parent, const char* name) {
    return fmt::format("symlink {} -> {}", node(parent, name), target);
  });
  Log<&Ops::link>(ops, [](Node node, fuse_ino_t ino, fuse_ino_t parent, const char* name) {
    return fmt::format("link {} -> {}", node(ino), node(parent, name));
  });
  Log<&Ops::unlink>(ops, [](Node node, fuse_ino_t parent, const char* name) {
    return "unlink " + node(parent, name);
  });
  Log<&Ops::rmdir>(ops, [](Node node, fuse_ino_t parent, const char* name) {
    return "rmdir " + node(parent, name);
  });
  Log<&Ops::rename>(ops, [](Node node, fuse_ino_t parent, const char* name, fuse_ino_t to,
                            const char* new_name, unsigned flags) {
    return fmt::format("rename {} -> {}{}", node(parent, name), node(to, new_name),
                       (flags & RENAME_NOREPLACE) != 0  ? " NOREPLACE"
                       : (flags & RENAME_EXCHANGE) != 0 ? " EXCHANGE"
                                                        : "");
  });
}

void AddNodes(fuse_lowlevel_ops& ops) {
  using Ops = fuse_lowlevel_ops;
  Log<&Ops::getattr>(
      ops, [](Node node, fuse_ino_t ino, fuse_file_info*) { return "getattr " + node(ino); });
  Log<&Ops::setattr>(ops,
                     [](Node node, fuse_ino_t ino, struct stat* attr, int flags, fuse_file_info*) {
                       return "setattr " + node(ino) + Changes(*attr, flags);
                     });
  Log<&Ops::access>(ops, [](Node node, fuse_ino_t ino, int mask) {
    return fmt::format("access {} mask={}", node(ino), mask);
  });
  Log<&Ops::readlink>(ops, [](Node node, fuse_ino_t ino) { return "readlink " + node(ino); });
  Log<&Ops::statfs>(ops, [](Node node, fuse_ino_t ino) { return "statfs " + node(ino); });
  Log<&Ops::getxattr>(ops, [](Node node, fuse_ino_t ino, const char* name, std::size_t) {
    return fmt::format("getxattr {} {}", node(ino), name);
  });
  Log<&Ops::listxattr>(
      ops, [](Node node, fuse_ino_t ino, std::size_t) { return "listxattr " + node(ino); });
  Log<&Ops::setxattr>(
      ops, [](Node node, fuse_ino_t ino, const char* name, const char*, std::size_t size, int) {
        return fmt::format("setxattr {} {} of {}", node(ino), name, size);
      });
  Log<&Ops::removexattr>(ops, [](Node node, fuse_ino_t ino, const char* name) {
    return fmt::format("removexattr {} {}", node(ino), name);
  });
}

void AddFiles(fuse_lowlevel_ops& ops) {
  using Ops = fuse_lowlevel_ops;
  Log<&Ops::open>(ops, [](Node node, fuse_ino_t ino, fuse_file_info* fi) {
    return fmt::format("open {} {}", node(ino), OpenFlags(fi));
  });
  Log<&Ops::create>(
      ops, [](Node node, fuse_ino_t parent, const char* name, mode_t mode, fuse_file_info* fi) {
        return fmt::format("create {} {:04o} {}", node(parent, name), mode & 07777, OpenFlags(fi));
      });
  Log<&Ops::release>(
      ops, [](Node node, fuse_ino_t ino, fuse_file_info*) { return "release " + node(ino); });
  Log<&Ops::read>(ops, [](Node node, fuse_ino_t ino, std::size_t size, off_t at, fuse_file_info*) {
    return fmt::format("read {} {} at {}", node(ino), size, at);
  });
  Log<&Ops::write>(
      ops, [](Node node, fuse_ino_t ino, const char*, std::size_t size, off_t at, fuse_file_info*) {
        return fmt::format("write {} {} at {}", node(ino), size, at);
      });
  Log<&Ops::flush>(ops,
                   [](Node node, fuse_ino_t ino, fuse_file_info*) { return "flush " + node(ino); });
  Log<&Ops::fsync>(
      ops, [](Node node, fuse_ino_t ino, int, fuse_file_info*) { return "fsync " + node(ino); });
  Log<&Ops::fallocate>(
      ops, [](Node node, fuse_ino_t ino, int mode, off_t at, off_t length, fuse_file_info*) {
        return fmt::format("fallocate {} mode={:#x} {} at {}", node(ino), mode, length, at);
      });
  Log<&Ops::lseek>(ops, [](Node node, fuse_ino_t ino, off_t at, int whence, fuse_file_info*) {
    return fmt::format("lseek {} {} {}", node(ino), whence == SEEK_DATA ? "SEEK_DATA" : "SEEK_HOLE",
                       at);
  });
  Log<&Ops::flock>(ops, [](Node node, fuse_ino_t ino, fuse_file_info*, int operation) {
    return fmt::format("flock {} {:#x}", node(ino), operation);
  });
}

void AddDirectories(fuse_lowlevel_ops& ops) {
  using Ops = fuse_lowlevel_ops;
  Log<&Ops::opendir>(
      ops, [](Node node, fuse_ino_t ino, fuse_file_info*) { return "opendir " + node(ino); });
  Log<&Ops::readdir>(ops, [](Node node, fuse_ino_t ino, std::size_t, off_t at, fuse_file_info*) {
    return fmt::format("readdir {} from {}", node(ino), at);
  });
  Log<&Ops::readdirplus>(ops,
                         [](Node node, fuse_ino_t ino, std::size_t, off_t at, fuse_file_info*) {
                           return fmt::format("readdirplus {} from {}", node(ino), at);
                         });
  Log<&Ops::releasedir>(
      ops, [](Node node, fuse_ino_t ino, fuse_file_info*) { return "releasedir " + node(ino); });
  Log<&Ops::fsyncdir>(
      ops, [](Node node, fuse_ino_t ino, int, fuse_file_info*) { return "fsyncdir " + node(ino); });
}

}  // namespace

fuse_lowlevel_ops LoggedOps() {
  fuse_lowlevel_ops ops = PlainOps();
  AddNames(ops);
  AddNodes(ops);
  AddFiles(ops);
  AddDirectories(ops);
  return ops;
}

}  // namespace shmount
