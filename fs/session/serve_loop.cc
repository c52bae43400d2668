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

// How long to look for the next request before sleeping: a program that reads the answer and asks
// again does so within this time. If two processors have to be woken first, it does so within
// kClose.
constexpr auto kLook = std::chrono::microseconds(50);
constexpr auto kClose = 2 * kLook;

// How long without a request is a rest, where that is to be noticed.
constexpr auto kRest = std::chrono::milliseconds(1000);
constexpr auto kUnnoticed = std::chrono::milliseconds(-1);

/// Waits while there is no request.
class Idling {
 public:
  explicit Idling(int device) : device_(device) {}

  /// Notes that there was a request.
  void End() { idle_ = false; }

  /// Returns soon, or once there is a request or a signal. False after `longest` without one.
  bool Wait(std::chrono::milliseconds longest) {
    if (!std::exchange(idle_, true)) {
      since_ = Clock::now();
    }
    if (close_ && Clock::now() - since_ < kLook) {
      sched_yield();
      return true;
    }
    pollfd ready = {device_, POLLIN, 0};
    const bool rests = poll(&ready, 1, static_cast<int>(longest.count())) == 0;
    // A single processor is needed by the program that asks.
    close_ = Clock::now() - since_ < kClose && several_;
    return !rests;
  }

 private:
  const int device_;
  const bool several_ = std::thread::hardware_concurrency() > 1;
  bool close_ = false;  // the last request followed closely on the one before it
  bool idle_ = false;
  Clock::time_point since_;
};

/// The memory into which libfuse receives requests.
struct Buffer : fuse_buf {
  Buffer() : fuse_buf{} {}
  ~Buffer() { free(mem); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
};

}  // namespace

Status ServeAlone(fuse_session* session, const std::function<void()>& between,
                  const AtRest& at_rest) {
  const int device = fuse_session_fd(session);
  if (fcntl(device, F_SETFL, fcntl(device, F_GETFL) | O_NONBLOCK) < 0) {
    return FailErrno("fcntl");
  }
  Buffer buffer;
  Idling idling(device);
  while (!fuse_session_exited(session)) {
    const int n = fuse_session_receive_buf(session, &buffer);
    if (n == -EAGAIN) {
      if (!idling.Wait(at_rest.needed() ? kRest : kUnnoticed)) {
        at_rest.act();
      }
    } else if (n > 0) {
      idling.End();
      between();
      fuse_session_process_buf(session, &buffer);
    } else if (n != -EINTR) {
      // An unmount can cancel the request that is being read, which is no error.
      const bool unmounted = n == 0 || n == -ECONNABORTED;
      return unmounted ? Status{} : Fail(-n, "the connection to the kernel");
    }
  }
  return {};
}

}  // namespace shmount
