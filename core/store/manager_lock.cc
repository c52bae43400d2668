// SPDX-License-Identifier: Apache-2.0
#include "core/store/manager_lock.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

namespace shmount {
namespace {

struct Address {
  sockaddr_un un = {};
  socklen_t length = 0;
};

Result<Address> AddressOf(const Directory& backing, const std::string& id) {
  if (id.empty()) {
    return Fail(EINVAL, "empty manager ID");
  }
  if (id.size() > kMaxManagerId) {
    return Fail(ENAMETOOLONG, id);
  }
  const auto st = TRY(backing.Stat());
  const std::string name =
      "shmount-manager-" + std::to_string(st.st_dev) + "-" + std::to_string(st.st_ino) + "-" + id;
  Address address;
  address.un.sun_family = AF_UNIX;
  if (name.size() + 1 > sizeof address.un.sun_path) {
    return Fail(ENAMETOOLONG, id);
  }
  std::ranges::copy(name, address.un.sun_path + 1);  // the NUL before it makes it abstract
  address.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  return address;
}

using Call = int (*)(int, const sockaddr*, socklen_t);

Result<UniqueFd> Attach(const Directory& backing, const std::string& id, Call call) {
  const auto address = TRY(AddressOf(backing, id));
  UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd || call(fd.get(), reinterpret_cast<const sockaddr*>(&address.un), address.length) < 0) {
    return FailErrno("manager socket");
  }
  return fd;
}

}  // namespace

Status MayBeManaged(const Directory& backing) {
  const auto file_system = TRY(backing.GetFileSystem());
  if (file_system.IsMemory()) {
    return {};
  }
  return Fail(EOPNOTSUPP, "a manager would unlink what is created there, and it is on " +
                              file_system.Name() + ", no tmpfs or ramfs");
}

Result<UniqueFd> ClaimManager(const Directory& backing, const std::string& id) {
  auto fd = Attach(backing, id, bind);
  if (!fd && fd.error().code == EADDRINUSE) {
    return Fail(EBUSY, id);
  }
  return fd;
}

bool ManagerIsAlive(const Directory& backing, const std::string& id) {
  const auto fd = Attach(backing, id, connect);
  if (fd) {
    return true;
  }
  // An ID that nobody can claim has no manager; other errors leave it open whether there is one.
  const int code = fd.error().code;
  return code != ECONNREFUSED && code != EINVAL && code != ENAMETOOLONG;
}

}  // namespace shmount
