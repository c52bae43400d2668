// SPDX-License-Identifier: Apache-2.0
#include "fs/session/serve_loop.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>

#include <chrono>
#include <cstdlib>
#include <thread>
#include <utility>

namespace shmount {
namespace {

using Clock = std::chrono::steady_clock;

// A program that reads the answer and asks again does so within the first time while we look, and
// within the second where two processors have to be woken for it.
constexpr auto kLook = std::chrono::microseconds(50);
constexpr auto kClose = 2 * kLook;

/// What to do while there is no request.
class Idling {
 public:
  explicit Idling(int device) : device_(device) {}

  /// There was a request.
  void End() { idle_ = false; }

  /// Returns soon, or when there is a request or a signal.
  void Wait() {
    if (!std::exchange(idle_, true)) {
      since_ = Clock::now();
    }
    if (close_ && Clock::now() - since_ < kLook) {
      sched_yield();
      return;
    }
    pollfd ready = {device_, POLLIN, 0};
    poll(&ready, 1, -1);
    // One processor can only be left to the program that asks.
    close_ = Clock::now() - since_ < kClose && several_;
  }

 private:
  const int device_;
  const bool several_ = std::thread::hardware_concurrency() > 1;
  bool close_ = false;  // the last request came soon after the one before
  bool idle_ = false;
  Clock::time_point since_;
};

/// The memory that libfuse receives requests in.
struct Buffer : fuse_buf {
  Buffer() : fuse_buf{} {}
  ~Buffer() { free(mem); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
};

}  // namespace

Status ServeAlone(fuse_session* session, const std::function<void()>& between) {
  const int device = fuse_session_fd(session);
  if (fcntl(device, F_SETFL, fcntl(device, F_GETFL) | O_NONBLOCK) < 0) {
    return FailErrno("fcntl");
  }
  Buffer buffer;
  Idling idling(device);
  while (!fuse_session_exited(session)) {
    const int n = fuse_session_receive_buf(session, &buffer);
    if (n == -EAGAIN) {
      idling.Wait();
    } else if (n > 0) {
      idling.End();
      between();
      fuse_session_process_buf(session, &buffer);
    } else if (n != -EINTR) {
      // An unmount may give up the very request that is being read.
      const bool unmounted = n == 0 || n == -ECONNABORTED;
      return unmounted ? Status{} : Fail(-n, "the connection to the kernel");
    }
  }
  return {};
}

}  // namespace shmount
