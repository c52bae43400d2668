// SPDX-License-Identifier: Apache-2.0
#include "fs/session/session.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "fs/ops/logged_ops.h"
#include "fs/ops/table.h"
#include "fs/process/connection_abort.h"
#include "fs/session/serve_loop.h"

namespace shmount {

namespace {

// Escapes an `-o` item, so that libfuse's parser reads it back as it was.
std::string EscapeOption(const std::string& text) {
  std::string item = "-o";
  for (const char c : text) {
    if (c == ',' || c == '\\') {
      item += '\\';
    }
    item += c;
  }
  return item;
}

}  // namespace

Result<Session> Session::Make(const Options& options, Daemon& daemon) {
  std::vector<std::string> words = {"shmount", "-osubtype=shmount",
                                    EscapeOption("fsname=" + options.backing)};
  for (const std::string& item : options.fuse) {
    words.push_back(EscapeOption(item));
  }
  std::vector<char*> argv;
  argv.reserve(words.size());
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  fuse_args args = FUSE_ARGS_INIT(static_cast<int>(argv.size()), argv.data());
  if (options.debug) {
    daemon.request_log = std::make_unique<RequestLog>();
  }
  const fuse_lowlevel_ops ops = options.debug ? LoggedOps() : MakeOps();
  fuse_session* session = fuse_session_new(&args, &ops, sizeof ops, &daemon);
  fuse_opt_free_args(&args);
  if (session == nullptr) {
    return Fail(EINVAL, "option");
  }
  const bool rings = std::ranges::any_of(
      options.fuse, [](const std::string& item) { return item.starts_with("io_uring"); });
  return Session(session, rings);
}

Session::~Session() {
  if (session_ == nullptr) {
    return;
  }
  if (signals_) {
    fuse_remove_signal_handlers(session_);
  }
  if (!mountpoint_.empty()) {
    Unmount();
  }
  fuse_session_destroy(session_);
}

bool Session::IsConnected() const {
  pollfd connection = {fuse_session_fd(session_), 0, 0};
  return poll(&connection, 1, 0) >= 0 && (connection.revents & POLLERR) == 0;
}

bool Session::IsAtMountpoint() const {
  unsigned found = 0;
  return IsConnected() && OpenMount(mountpoint_, found) && found == number_;
}

void Session::Unmount() {
  const bool root = geteuid() == 0;
  const bool ours = IsAtMountpoint();
  if (root && ours && !(guard_ && guard_->Unmount()) && IsAtMountpoint()) {
    umount2(mountpoint_.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
  }
  // The guard may hold the device. libfuse closes the device first, so that fusermount3 does not
  // wait for this process.
  guard_.reset();
  if (!ours && IsConnected()) {
    fuse_log(FUSE_LOG_WARNING, "shmount: not unmounted: something else is at %s now\n",
             mountpoint_.c_str());
  }
  if (root || !ours) {
    KeepLibfuseFromUnmounting();
  }
  fuse_session_unmount(session_);
}

// libfuse unmounts whatever is at the path, with umount(8) if libmount keeps files about mounts. It
// does not touch the path if the device polls as POLLERR. So the device is replaced by a pipe that
// nobody reads, which does.
void Session::KeepLibfuseFromUnmounting() const {
  std::array<int, 2> ends;
  if (pipe2(ends.data(), O_CLOEXEC) == 0) {
    close(ends[0]);
    dup3(ends[1], fuse_session_fd(session_), O_CLOEXEC);
    close(ends[1]);
  }
}

Status Session::Mount(const std::string& mountpoint) {
  if (fuse_session_mount(session_, mountpoint.c_str()) != 0) {
    return Fail(EIO, mountpoint);
  }
  mountpoint_ = mountpoint;
  (void)OpenMount(mountpoint, number_);
  if (auto guard = ConnectionGuard::Start(mountpoint, fuse_session_fd(session_))) {
    guard_.emplace(*std::move(guard));
  } else {
    fuse_log(FUSE_LOG_WARNING, "shmount: no guard: %s: %s\n", guard.error().where.c_str(),
             std::strerror(guard.error().code));
  }
  if (fuse_set_signal_handlers(session_) != 0) {
    return Fail(EIO, "signal handlers");
  }
  signals_ = true;
  return {};
}

Status Session::Run(const std::function<void()>& between, const IdleTask& idle_task) {
  if (!rings_) {
    return ServeAlone(session_, between, idle_task);
  }
  between();
  const int result = fuse_session_loop(session_);
  // An unmount cancels the requests that io_uring waits for, which libfuse reports as an error.
  if (result == -ECANCELED && !IsConnected()) {
    return {};
  }
  // A positive result is the number of the signal that ended it in order.
  return result < 0 ? Fail(-result, "the connection to the kernel") : Status{};
}

void Session::Drain(Invalidator& invalidator) {
  invalidator.Stop();
  fuse_session_reset(session_);
  fuse_buf buffer = {};
  while (!invalidator.stopped()) {
    constexpr int kMilliseconds = 5;
    pollfd ready = {fuse_session_fd(session_), POLLIN, 0};
    if (poll(&ready, 1, kMilliseconds) <= 0) {
      continue;
    }
    const int n = fuse_session_receive_buf(session_, &buffer);
    if (n > 0) {
      fuse_session_process_buf(session_, &buffer);
    } else if (n != -EAGAIN && n != -EINTR) {
      break;  // the connection is gone, so the thread waits for nothing any more
    }
  }
  free(buffer.mem);
}

}  // namespace shmount
