// SPDX-License-Identifier: Apache-2.0
#include "core/backing/watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace shmount {
namespace {

constexpr std::uint32_t kRenamed = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
constexpr std::uint32_t kGone = IN_UNMOUNT | IN_IGNORED | IN_DELETE_SELF;
// What sendfile(2) writes through the mount raises no IN_MODIFY in the backing, but IN_CLOSE_WRITE.
constexpr std::uint32_t kMask =
    kRenamed | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_ONLYDIR;

// Merges events, so that many writes in a row give one for a name.
class EventMerger {
 public:
  void Add(const inotify_event& event) {
    events_.overflow |= (event.mask & IN_Q_OVERFLOW) != 0;
    events_.gone |= (event.mask & kGone) != 0;
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
  Events Take() { return std::move(events_); }

 private:
  Events events_;
  std::unordered_map<std::string, std::size_t> at_;
};

}  // namespace

Result<Watch> Watch::Reserve() {
  UniqueFd inotify(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!inotify) {
    return FailErrno("inotify_init");
  }
  const int placeholder = inotify_add_watch(inotify.get(), "/proc/self/ns", IN_DELETE_SELF);
  if (placeholder < 0) {
    return FailErrno("inotify_add_watch");
  }
  UniqueFd stop(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop) {
    return FailErrno("eventfd");
  }
  return Watch(std::move(inotify), std::move(stop), placeholder);
}

Status Watch::Begin(const std::string& directory) {
  inotify_rm_watch(inotify_.get(), placeholder_);
  inotify_event removed;
  (void)!read(inotify_.get(), &removed, sizeof removed);  // which is an event too
  if (inotify_add_watch(inotify_.get(), directory.c_str(), kMask) < 0) {
    return FailErrno("inotify_add_watch");
  }
  return {};
}

Result<Watch> Watch::Open(const std::string& directory) {
  auto watch = Reserve();
  if (watch) {
    TRY(watch->Begin(directory));
  }
  return watch;
}

Result<Events> Watch::Wait() {
  std::array<pollfd, 2> fds = {pollfd{inotify_.get(), POLLIN, 0}, pollfd{stop_.get(), POLLIN, 0}};
  while (poll(fds.data(), fds.size(), -1) < 0) {
    if (errno != EINTR) {
      return FailErrno("poll");
    }
  }
  if (fds[1].revents != 0) {
    return Fail(ECANCELED, "watch");
  }
  alignas(inotify_event) std::array<char, 65536> buffer;
  const ssize_t n = read(inotify_.get(), buffer.data(), buffer.size());
  if (n < 0 && errno != EAGAIN && errno != EINTR) {
    return FailErrno("read inotify");
  }
  EventMerger merger;
  for (ssize_t at = 0; at < n;) {
    const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
    merger.Add(*event);
    at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
  }
  return merger.Take();
}

void Watch::Stop() { (void)eventfd_write(stop_.get(), 1); }

}  // namespace shmount
