// SPDX-License-Identifier: Apache-2.0
#include "core/proc/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <memory>

namespace shmount {
namespace {

using Dir = std::unique_ptr<DIR, decltype([](DIR* dir) { closedir(dir); })>;

Result<Dir> OpenDir(int at, const char* path) {
  UniqueFd fd(openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) {
    return FailErrno(path);
  }
  Dir dir(fdopendir(fd.get()));
  if (!dir) {
    return FailErrno(path);
  }
  fd.Release();
  return dir;
}

/// The next entry, or null at the end. readdir(3) distinguishes the end from an error only by
/// errno.
Result<const dirent*> NextEntry(DIR* dir) {
  errno = 0;
  const dirent* entry = readdir(dir);
  if (entry == nullptr && errno != 0) {
    return FailErrno("readdir");
  }
  return entry;
}

Result<std::string> ReadAll(int fd) {
  constexpr std::size_t kPiece = 65536;
  std::string text;
  for (;;) {
    const std::size_t had = text.size();
    text.resize(had + kPiece);
    const ssize_t n = read(fd, text.data() + had, kPiece);
    text.resize(had + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n == 0) {
      return text;
    }
    if (n < 0 && errno != EINTR) {
      return FailErrno("read");
    }
  }
}

}  // namespace

Result<std::vector<pid_t>> ListProcesses() {
  const auto dir = TRY(OpenDir(AT_FDCWD, "/proc"));
  std::vector<pid_t> pids;
  while (const dirent* entry = TRY(NextEntry(dir.get()))) {
    const std::string_view name(entry->d_name);
    pid_t pid = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (parsed.ec == std::errc() && parsed.ptr == name.data() + name.size()) {
      pids.push_back(pid);
    }
  }
  return pids;
}

Result<Process> Process::Open(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid);
  UniqueFd fd(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd) {
    return FailErrno("process");
  }
  return Process(std::move(fd));
}

Result<std::string> Process::Read(const char* path) const {
  const UniqueFd fd(openat(fd_.get(), path, O_RDONLY | O_CLOEXEC));
  if (!fd) {
    return FailErrno(path);
  }
  return ReadAll(fd.get());
}

Result<std::string> Process::ReadLink(const char* path) const {
  std::string target(PATH_MAX, '\0');
  const ssize_t n = readlinkat(fd_.get(), path, target.data(), target.size());
  if (n < 0) {
    return FailErrno(path);
  }
  target.resize(static_cast<std::size_t>(n));
  return target;
}

Status Process::ForEach(const char* path,
                        const std::function<void(int, const char*)>& visit) const {
  const auto dir = TRY(OpenDir(fd_.get(), path));
  while (const dirent* entry = TRY(NextEntry(dir.get()))) {
    if (entry->d_name[0] != '.') {
      visit(dirfd(dir.get()), entry->d_name);
    }
  }
  return {};
}

bool Process::HasMountsOfOurs() const {
  const UniqueFd mounts(openat(fd_.get(), "ns/mnt", O_RDONLY | O_CLOEXEC));
  const UniqueFd users(mounts ? ioctl(mounts.get(), NS_GET_USERNS) : -1);
  struct stat theirs;
  struct stat ours;
  return users && fstat(users.get(), &theirs) == 0 && stat("/proc/self/ns/user", &ours) == 0 &&
         theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
}

Result<uid_t> Process::User() const {
  // The owner of the directory /proc/PID is root if the process is not dumpable. `status` always
  // has the user.
  const auto status = TRY(Read("status"));
  std::string_view ids = ProcField(status, "Uid");  // real, effective, saved, file system
  ids.remove_prefix(std::min(ids.find('\t') + 1, ids.size()));
  uid_t uid = 0;
  if (std::from_chars(ids.data(), ids.data() + ids.size(), uid).ec != std::errc()) {
    return Fail(EIO, "status");
  }
  return uid;
}

std::string Process::Command() const {
  auto line = Read("cmdline");
  if (line && !line->empty()) {
    line->resize(line->find_last_not_of('\0') + 1);
    std::ranges::replace(*line, '\0', ' ');
    return *std::move(line);
  }
  auto name = Read("comm");
  if (!name) {
    return "?";
  }
  return "[" + name->substr(0, name->find('\n')) + "]";
}

bool Process::HasNoMemory() const {
  constexpr std::uint64_t kKernelThread = 0x00200000;  // PF_KTHREAD
  const auto stat = Read("stat");
  const std::size_t name_end = stat ? stat->rfind(") ") : std::string::npos;
  if (name_end == std::string::npos) {
    return !stat && (stat.error().code == ESRCH || stat.error().code == ENOENT);
  }
  std::string_view rest = std::string_view(*stat).substr(name_end + 2);
  const char state = rest.front();
  constexpr int kFieldsToFlags = 6;  // state, ppid, pgrp, session, tty, tpgid
  for (int i = 0; i < kFieldsToFlags; ++i) {
    rest.remove_prefix(std::min(rest.find(' ') + 1, rest.size()));
  }
  std::uint64_t flags = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), flags);
  return state == 'Z' || state == 'X' || (flags & kKernelThread) != 0;
}

std::string_view ProcField(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.starts_with(name) && line.substr(name.size()).starts_with(':')) {
      line.remove_prefix(name.size() + 1);
      line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
      return line;
    }
  }
  return {};
}

}  // namespace shmount
