// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fuse_lowlevel.h>

#include <functional>

#include "core/base/result.h"

namespace shmount {

/// Serves requests on the calling thread until the session is unmounted or a signal has ended it,
/// and calls `between` before each.
///
/// One thread, since each more costs a wake-up a request. While requests follow each other closely
/// it looks for the next one for some microseconds before it sleeps: to wake a processor takes
/// longer than most requests. At rest it sleeps. An errno of the device otherwise.
Status ServeAlone(fuse_session* session, const std::function<void()>& between);

}  // namespace shmount
