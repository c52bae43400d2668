// SPDX-License-Identifier: Apache-2.0
#include "fs/process/sd_notify.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "core/base/unique_fd.h"

namespace shmount {

void NotifyReady(const std::string& line) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = {}};
  if (path == nullptr || std::strlen(path) >= sizeof to.sun_path) {
    return;
  }
  const std::size_t length = std::strlen(path);
  std::memcpy(to.sun_path, path, length);
  if (path[0] == '@') {
    to.sun_path[0] = '\0';  // an abstract name
  }
  const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) {
    return;
  }
  const std::string message = "READY=1\nSTATUS=" + line;
  // If this fails, no service manager listens, so none waits.
  (void)sendto(socket.get(), message.data(), message.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&to),
               static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length));
}

}  // namespace shmount
