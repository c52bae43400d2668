// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <memory>

#include "fs/options.h"
#include "fs/process/capabilities.h"
#include "fs/process/daemonize.h"
#include "fs/process/hardening.h"
#include "fs/process/std_fds.h"
#include "fs/session/session.h"

namespace shmount {
namespace {

int PrintError(const std::string& what, int code) {
  fmt::print(stderr, "shmount: {}: {}\n", what, std::strerror(code));
  return kExitFailed;
}

int Refuse(const char* access, const char* obstacle) {
  fmt::print(stderr, "shmount: --access {}: {}\n", access, obstacle);
  return kExitFailed;
}

// Makes a path absolute while the working directory is still the user's. Does not resolve links:
// the backing may be a link to a descriptor, /proc/self/fd/N, whose directory has no path here.
Result<std::string> AbsoluteDirectory(const std::string& path) {
  struct stat st;
  if (stat(path.c_str(), &st) != 0) {
    return FailErrno("stat");
  }
  if (!S_ISDIR(st.st_mode)) {
    return Fail(ENOTDIR, path);
  }
  std::string absolute = std::filesystem::absolute(path).lexically_normal().string();
  if (absolute.size() > 1 && absolute.ends_with('/')) {
    absolute.pop_back();
  }
  return absolute;
}

// Why passthrough cannot be had; null where it can.
const char* PassthroughObstacle(const Volume& volume, bool kernel_can) {
  if (!MayRegisterBackings()) {
    return "passthrough needs CAP_SYS_ADMIN";
  }
  if (volume.IsStacked()) {
    return "passthrough needs a backing that is not itself on FUSE or overlay";
  }
  return kernel_can ? nullptr : "passthrough needs Linux 6.9";
}

// Whether the mount will cover the path of the backing, so that the path will lead into the mount.
// Must be called before mounting: afterwards the daemon itself would have to answer the stat(2).
bool IsCovered(const Options& options) {
  std::error_code failed;
  const auto backing = std::filesystem::canonical(options.backing, failed).string() + "/";
  return options.mountpoint == "/" || backing.starts_with(options.mountpoint + "/");
}

// `obstacle` is null where passthrough can be had.
std::string StartLine(const Options& options, Access access, const char* obstacle,
                      const Result<Watch>& watch) {
  std::string line = fmt::format("shmount: {} on {}, access={}", options.backing,
                                 options.mountpoint, AccessName(access));
  if (!options.access) {
    line += obstacle == nullptr ? " (auto)" : fmt::format(" (auto, as {})", obstacle);
  }
  // A path in /proc/self/fd of this process means nothing to other processes.
  if (access == Access::kDirect && !options.backing.starts_with("/proc/self/fd/")) {
    line +=
        fmt::format("; to map a block, open it in {} or mount with --access link", options.backing);
  }
  if (watch) {
    return line;
  }
  return line + (watch.error().code == EOPNOTSUPP ? "; no caching, as " + watch.error().where
                                                  : "; no caching, as inotify has no watch left");
}

int Serve(const Options& options, Background& background) {
  const bool multi_user = options.allow_other && geteuid() == 0;
  if (IsCovered(options)) {
    fmt::print(
        stderr,
        "shmount: a mount on {} would cover the backing, {}, where Python looks for its lists\n",
        options.mountpoint, options.backing);
    return kExitFailed;
  }
  auto watch = Watch::Reserve(options.backing);
  fuse_session* kernel = nullptr;  // while it is mounted
  auto volume = Volume::Open({.backing = options.backing,
                              .semaphores = options.semaphores,
                              .multi_user = multi_user,
                              .manager = options.manager,
                              .events = false,  // until the backing is watched
                              .forget_attributes =
                                  [&kernel](NodeId id) {
                                    // This notification takes no lock in the kernel, so that it can
                                    // be sent before the reply.
                                    fuse_lowlevel_notify_inval_inode(kernel, id.raw(), -1, 0);
                                  },
                              .log =
                                  [](const std::string& message) {
                                    fuse_log(FUSE_LOG_WARNING, "shmount: %s\n", message.c_str());
                                  }});
  if (!volume) {
    return PrintError(options.backing + ": " + volume.error().where, volume.error().code);
  }
  if (options.access == Access::kPassthrough) {
    if (const char* obstacle = PassthroughObstacle(**volume, true)) {
      return Refuse("passthrough", obstacle);
    }
  }
  Daemon daemon;
  daemon.volume = *std::move(volume);
  auto session = Session::Make(options, daemon);
  if (!session) {
    return kExitUsage;
  }
  kernel = session->get();
  const char* refused = nullptr;
  daemon.on_init = [&](bool kernel_can) {
    const char* obstacle = PassthroughObstacle(*daemon.volume, kernel_can);
    const Access access =
        options.access.value_or(obstacle == nullptr ? Access::kPassthrough : Access::kDirect);
    daemon.volume->SetAccess(access);
    if (access == Access::kPassthrough && obstacle != nullptr) {
      refused = obstacle;
      fuse_session_exit(session->get());
      return;
    }
    background.Ready(StartLine(options, access, obstacle, watch));
  };
  if (!session->Mount(options.mountpoint)) {
    return kExitFailed;
  }
  // After mounting, which needs more privileges, and before threads start, which inherit these.
  const bool passthrough = options.access.value_or(Access::kPassthrough) == Access::kPassthrough;
  const Duties duties = {
      .serve = true,
      .administer = passthrough || !options.manager.empty() || !session->guarded(),
      .many_users = multi_user,
  };
  if (const auto hardened = GiveUpPrivileges(duties); !hardened) {
    fuse_log(FUSE_LOG_WARNING, "shmount: not all rights could be given up: %s: %s\n",
             hardened.error().where.c_str(), std::strerror(hardened.error().code));
  }
  std::unique_ptr<Invalidator> invalidator;
  if (watch) {
    invalidator = std::make_unique<Invalidator>(session->get(), *daemon.volume, *std::move(watch));
    // With very many blocks, the start takes longer than this; nothing is cached until then. Over
    // io_uring there is no moment between requests at which caching could begin later.
    invalidator->AwaitStart(session->rings() ? std::chrono::seconds(10)
                                             : std::chrono::milliseconds(5));
  }
  const Status served = session->Run(
      [&] { daemon.volume->SetEvents(invalidator != nullptr && invalidator->watching()); },
      {.needed = [&] { return daemon.volume->HoldsLooks(); },
       .act = [&] { daemon.volume->DropLooks(); }});
  if (invalidator) {
    session->Drain(*invalidator);
  }
  daemon.volume->ReleaseManaged();
  if (refused != nullptr) {
    return Refuse("passthrough", refused);
  }
  return served ? kExitOk : PrintError(served.error().where, served.error().code);
}

// The mount gets those flags of the backing's own mount that forbid something.
Status AddBackingFlags(Options& options) {
  struct statvfs backing;
  if (statvfs(options.backing.c_str(), &backing) != 0) {
    return FailErrno("statvfs");
  }
  constexpr std::pair<decltype(backing.f_flag), const char*> kFlags[] = {
      {ST_RDONLY, "ro"}, {ST_NOEXEC, "noexec"}, {ST_NOSUID, "nosuid"}};
  for (const auto& [flag, name] : kFlags) {
    if ((backing.f_flag & flag) != 0) {
      options.fuse.emplace_back(name);  // the last of conflicting flags wins
    }
  }
  return {};
}

// Each open file of the mount takes a descriptor of this process. Root can raise the hard limit
// too.
void RaiseFileLimit() {
  constexpr rlim_t kMany = 1048576;  // what the kernel allows unless /proc/sys/fs/nr_open says so
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return;
  }
  const rlim_t most = std::max(limit.rlim_max, kMany);
  const rlimit raised = {most, most};
  if (geteuid() != 0 || setrlimit(RLIMIT_NOFILE, &raised) != 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

// By default, freeing one large reply raises the size from which the allocator returns memory.
void LimitKeptMemory() { mallopt(M_TRIM_THRESHOLD, 128 * 1024); }

int Main(int argc, char** argv) {
  if (const auto filled = FillStdFds(); !filled) {
    return PrintError(filled.error().where, filled.error().code);
  }
  auto options = ParseOptions(argc, argv);
  if (!options) {
    return options.error();
  }
  for (std::string* path : {&options->mountpoint, &options->backing}) {
    auto absolute = AbsoluteDirectory(*path);
    if (!absolute) {
      return PrintError(*path, absolute.error().code);
    }
    *path = *std::move(absolute);
  }
  if (const auto added = AddBackingFlags(*options); !added) {
    return PrintError(options->backing, added.error().code);
  }
  // The kernel mounts on the directory that a link leads to. The unmount at the end needs that
  // path.
  options->mountpoint = std::filesystem::canonical(options->mountpoint).string();
  std::signal(SIGXFSZ, SIG_IGN);  // a write past the limit on file sizes is EFBIG
  umask(0);                       // the kernel applies the umask of each caller
  RaiseFileLimit();
  LimitKeptMemory();
  if (options->foreground) {
    Background background;
    return Serve(*options, background);
  }
  auto background = Background::Start(options->mountpoint);
  return background ? Serve(*options, *background) : background.error();
}

}  // namespace
}  // namespace shmount

int main(int argc, char** argv) {
  try {
    return shmount::Main(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "shmount: {}\n", error.what());
    return shmount::kExitFailed;
  }
}
