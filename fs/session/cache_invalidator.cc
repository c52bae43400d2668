// SPDX-License-Identifier: Apache-2.0
#include "fs/session/cache_invalidator.h"

#include <fuse_log.h>

#include <cerrno>
#include <cstring>
#include <exception>

namespace shmount {

Invalidator::Invalidator(fuse_session* session, Volume& volume, Watch watch)
    : session_(session), volume_(volume), watch_(std::move(watch)), thread_([this] { Run(); }) {}

Invalidator::~Invalidator() {
  Stop();
  thread_.join();
}

void Invalidator::Run() {
  try {
    if (const auto begun = watch_.Begin(volume_.HeldPath()); !begun) {
      fuse_log(FUSE_LOG_WARNING, "shmount: nothing is cached: %s: %s\n",
               begun.error().where.c_str(), std::strerror(begun.error().code));
    } else {
      state_ = State::kWatching;
      started_.release();
      ForgetAsToldOf();
    }
  } catch (const std::exception& error) {
    fuse_log(FUSE_LOG_ERR, "watching the backing: %s\n", error.what());
    ForgetAll();
  }
  if (state_.exchange(State::kStopped) == State::kStarting) {
    started_.release();
  }
}

void Invalidator::ForgetAsToldOf() {
  while (const auto events = watch_.Wait()) {
    Forget(*events);
    if (events->gone) {
      fuse_log(FUSE_LOG_ERR, "the backing %s is gone\n", volume_.options().backing.c_str());
      ForgetAll();  // no event comes any more
      break;
    }
  }
}

void Invalidator::Forget(const Events& events) {
  const bool rights_fewer = (events.attributes || events.overflow) && volume_.ReviewRights();
  if (events.overflow || rights_fewer) {
    ForgetAll();
  }
  if (events.itself) {
    fuse_lowlevel_notify_inval_inode(session_, NodeId::Root().raw(), 0, 0);  // and the names in it
  }
  for (const Event& event : events.events) {
    for (const Invalidation& each : volume_.Changes(event)) {
      Forget(each);
    }
  }
}

// All fail if the kernel does not know the name or node. Then there is nothing to forget.
void Invalidator::Forget(const Invalidation& one) {
  if (one.id) {
    fuse_lowlevel_notify_inval_inode(session_, one.id->raw(), -1, 0);
  }
  if (one.name.empty()) {
    return;
  }
  // An open file whose name only expires is not shown as deleted (Linux 6.2).
  const auto root = NodeId::Root().raw();
  if (one.gone || fuse_lowlevel_notify_expire_entry(session_, root, one.name.data(),
                                                    one.name.size()) == -ENOSYS) {
    fuse_lowlevel_notify_inval_entry(session_, root, one.name.data(), one.name.size());
  }
}

// Absent names are not cached, so this is everything.
void Invalidator::ForgetAll() {
  fuse_lowlevel_notify_inval_inode(session_, NodeId::Root().raw(), 0, 0);
  for (const Invalidation& each : volume_.Everything()) {
    Forget(each);
  }
}

}  // namespace shmount
