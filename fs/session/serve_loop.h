// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fuse_lowlevel.h>

#include <functional>

#include "core/base/result.h"

namespace shmount {

/// A task for when there was no request for a second. Unless `needed` returns true, nothing wakes
/// an idle daemon.
struct IdleTask {
  std::function<bool()> needed;
  std::function<void()> act;
};

/// Serves requests on the calling thread until the session is unmounted or a signal ends it. Calls
/// `between` before each request. Fails with an errno of the device.
///
/// Uses one thread, because more threads cost a wake-up for each request. While requests follow
/// each other closely, it polls for the next one for some microseconds before it sleeps: waking a
/// processor takes longer than serving most requests. When idle it sleeps.
Status ServeAlone(fuse_session* session, const std::function<void()>& between,
                  const IdleTask& idle_task);

}  // namespace shmount
