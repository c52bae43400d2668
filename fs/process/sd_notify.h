// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace shmount {

/// If a service manager started this process, tells it that the mount is ready: a datagram to
/// $NOTIFY_SOCKET, as sd_notify(3). The service manager shows `line` as the status.
void NotifyReady(const std::string& line);

}  // namespace shmount
