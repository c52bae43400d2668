// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace shmount {

/// Tells the service manager that started this process, if one did, that the mount is there
/// (sd_notify(3): a datagram to $NOTIFY_SOCKET). `line` is what its status shows.
void NotifyReady(const std::string& line);

}  // namespace shmount
