// SPDX-License-Identifier: Apache-2.0
#include "core/backing/watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/statfs.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "core/backing/file_system.h"

namespace shmount {
namespace {

constexpr std::uint32_t kRenamed = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
constexpr std::uint32_t kGone = IN_UNMOUNT | IN_IGNORED | IN_DELETE_SELF;
constexpr std::uint32_t kNames = kRenamed | IN_ATTRIB | IN_DELETE_SELF | IN_ONLYDIR;
// A write by sendfile(2) through the mount raises no IN_MODIFY in the backing, only IN_CLOSE_WRITE.
constexpr std::uint32_t kWrites = IN_MODIFY | IN_CLOSE_WRITE | IN_ONLYDIR;
constexpr std::size_t kMostWritten = 4096;  // the most names in written_

// Merges events, so that many writes to a file make one event for its name.
class EventMerger {
 public:
  void Add(const inotify_event& event) {
    events_.overflow |= (event.mask & IN_Q_OVERFLOW) != 0;
    events_.gone |= (event.mask & kGone) != 0;
    events_.attributes |= event.len == 0 && (event.mask & IN_ATTRIB) != 0;
    events_.itself |= event.len == 0 || (event.mask & kRenamed) != 0;
    if (event.len == 0) {
      return;
    }
    const std::string name(event.name);
    const auto [it, added] = at_.try_emplace(name, events_.events.size());
    if (added) {
      events_.events.push_back({name});
    }
    Event& merged = events_.events[it->second];
    merged.renamed |= (event.mask & kRenamed) != 0;
    merged.closes += (event.mask & IN_CLOSE_WRITE) != 0 ? 1 : 0;
  }
  const Events& events() const { return events_; }
  Events Take() { return std::move(events_); }

 private:
  Events events_;
  std::unordered_map<std::string, std::size_t> at_;
};

// Reads all events from a queue. An empty queue is no error.
Status ReadQueue(int inotify, EventMerger& merger) {
  alignas(inotify_event) std::array<char, 65536> buffer;
  const ssize_t n = read(inotify, buffer.data(), buffer.size());
  if (n < 0 && errno != EAGAIN && errno != EINTR) {
    return FailErrno("read inotify");
  }
  for (ssize_t at = 0; at < n;) {
    const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
    merger.Add(*event);
    at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
  }
  return {};
}

}  // namespace

Result<Watch::Queue> Watch::ReserveQueue() {
  UniqueFd inotify(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!inotify) {
    return FailErrno("inotify_init");
  }
  const int placeholder = inotify_add_watch(inotify.get(), "/proc/self/ns", IN_DELETE_SELF);
  if (placeholder < 0) {
    return FailErrno("inotify_add_watch");
  }
  return Queue{std::move(inotify), placeholder};
}

Result<Watch> Watch::Reserve(const std::string& directory) {
  struct statfs st;
  if (statfs(directory.c_str(), &st) == 0 &&
      !FileSystem(static_cast<std::uint32_t>(st.f_type)).TellsOfChanges()) {
    return Fail(EOPNOTSUPP, "the file system of the backing does not tell of every change");
  }
  auto names = TRY(ReserveQueue());
  auto writes = TRY(ReserveQueue());
  UniqueFd stop(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop) {
    return FailErrno("eventfd");
  }
  return Watch(std::move(names), std::move(writes), std::move(stop));
}

Status Watch::Begin(const std::string& directory) {
  const auto begin = [&](const Queue& queue, std::uint32_t mask) -> Status {
    inotify_rm_watch(queue.inotify.get(), queue.placeholder);
    inotify_event removed;
    (void)!read(queue.inotify.get(), &removed, sizeof removed);  // the removal is an event too
    if (inotify_add_watch(queue.inotify.get(), directory.c_str(), mask) < 0) {
      return FailErrno("inotify_add_watch");
    }
    return {};
  };
  TRY(begin(names_, kNames));
  return begin(writes_, kWrites);
}

Result<Watch> Watch::Open(const std::string& directory) {
  auto watch = Reserve(directory);
  if (watch) {
    TRY(watch->Begin(directory));
  }
  return watch;
}

Result<Events> Watch::Wait() {
  const auto pause = gather_until_ - Clock::now();
  const bool gathers = pause > Clock::duration::zero();
  const auto nanoseconds = std::chrono::nanoseconds(pause).count();
  const timespec timeout = {.tv_sec = 0, .tv_nsec = nanoseconds};
  std::array<pollfd, 3> fds = {pollfd{stop_.get(), POLLIN, 0},
                               pollfd{names_.inotify.get(), POLLIN, 0},
                               pollfd{gathers ? -1 : writes_.inotify.get(), POLLIN, 0}};
  while (ppoll(fds.data(), fds.size(), gathers ? &timeout : nullptr, nullptr) < 0) {
    if (errno != EINTR) {
      return FailErrno("poll");
    }
  }
  if (fds[0].revents != 0) {
    return Fail(ECANCELED, "watch");
  }
  EventMerger merger;
  if (fds[2].revents != 0) {
    TRY(ReadQueue(writes_.inotify.get(), merger));
    GatherStream(merger.events());
  }
  if (fds[1].revents != 0) {
    TRY(ReadQueue(names_.inotify.get(), merger));
  }
  return merger.Take();
}

void Watch::GatherStream(const Events& writes) {
  const auto now = Clock::now();
  if (now - last_write_ > 2 * kGather || written_.size() > kMostWritten) {
    written_.clear();
  }
  last_write_ = now;
  for (const Event& event : writes.events) {
    if (!written_.insert(event.name).second) {
      gather_until_ = now + kGather;
    }
  }
}

void Watch::Stop() { (void)eventfd_write(stop_.get(), 1); }

}  // namespace shmount
