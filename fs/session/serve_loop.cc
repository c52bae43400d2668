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

// How long to poll for the next request before sleeping: a program that reads the answer and asks
// again does so within this time. If two processors have to be woken first, it does so within
// kClose.
constexpr auto kSpin = std::chrono::microseconds(50);
constexpr auto kClose = 2 * kSpin;

// After how long without a request the daemon counts as idle.
constexpr auto kIdle = std::chrono::milliseconds(1000);
constexpr auto kUnlimited = std::chrono::milliseconds(-1);

/// Waits while there is no request.
class Idling {
 public:
  explicit Idling(int device) : device_(device) {}

  /// Call it after each request.
  void End() { idle_ = false; }

  /// Returns soon, or once there is a request or a signal. False after `longest` without one.
  bool Wait(std::chrono::milliseconds longest) {
    if (!std::exchange(idle_, true)) {
      since_ = Clock::now();
    }
    if (close_ && Clock::now() - since_ < kSpin) {
      sched_yield();
      return true;
    }
    pollfd ready = {device_, POLLIN, 0};
    const bool timed_out = poll(&ready, 1, static_cast<int>(longest.count())) == 0;
    // A single processor is needed by the program that asks.
    close_ = Clock::now() - since_ < kClose && several_;
    return !timed_out;
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
                  const IdleTask& idle_task) {
  const int device = fuse_session_fd(session);
  if (fcntl(device, F_SETFL, fcntl(device, F_GETFL) | O_NONBLOCK) < 0) {
    return FailErrno("fcntl");
  }
  Buffer buffer;
  Idling idling(device);
  while (!fuse_session_exited(session)) {
    const int n = fuse_session_receive_buf(session, &buffer);
    if (n == -EAGAIN) {
      if (!idling.Wait(idle_task.needed() ? kIdle : kUnlimited)) {
        idle_task.act();
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
