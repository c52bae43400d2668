// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fuse_lowlevel.h>

#include <functional>

#include "core/base/result.h"

namespace shmount {

/// What is to be done once there was no request for a second. Without need of it, nothing wakes
/// the daemon at rest.
struct AtRest {
  std::function<bool()> needed;
  std::function<void()> act;
};

/// Serves requests on the calling thread until the session is unmounted or a signal ends it. Calls
/// `between` before each request. Fails with an errno of the device.
///
/// Uses one thread, because more threads cost a wake-up for each request. While requests follow
/// each other closely, it looks for the next one for some microseconds before it sleeps: waking a
/// processor takes longer than serving most requests. At rest it sleeps.
Status ServeAlone(fuse_session* session, const std::function<void()>& between,
                  const AtRest& at_rest);

}  // namespace shmount
