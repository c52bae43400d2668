// SPDX-License-Identifier: Apache-2.0
#include "fs/process/connection_abort.h"

#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace shmount {
namespace {

// Since Linux 6.9; Debian 12's headers do not have it.
constexpr int kNotifyResend = 7;

// The kernel wants room for its largest write and tells only by EINVAL that there is too little.
constexpr std::size_t kRoom = (std::size_t{1} << 20) + 4096;
constexpr std::size_t kMostRoom = kRoom << 8;

// A fusectl that no namespace shows. Root of the machine alone may have it.
UniqueFd MountFusectl() {
  UniqueFd mount;
  const UniqueFd context(fsopen("fusectl", FSOPEN_CLOEXEC));
  if (context && fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == 0) {
    mount = UniqueFd(fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
  }
  return mount;
}

// Prefer a fusectl of our own: an open file would keep the machine's fusectl from being unmounted.
UniqueFd OpenAbort(unsigned number) {
  const std::string name = std::to_string(number) + "/abort";
  if (const UniqueFd fusectl = MountFusectl()) {
    UniqueFd abort(openat(fusectl.get(), name.c_str(), O_WRONLY | O_CLOEXEC));
    if (abort) {
      return abort;
    }
  }
  return UniqueFd(open(("/sys/fs/fuse/connections/" + name).c_str(), O_WRONLY | O_CLOEXEC));
}

bool WantsAnswer(std::uint32_t opcode) {
  return opcode != FUSE_FORGET && opcode != FUSE_BATCH_FORGET && opcode != FUSE_INTERRUPT;
}

// Answers the next request, if there is one, with an error. False when the connection is gone.
bool FailRequest(int device, std::vector<std::byte>& buffer) {
  const ssize_t n = read(device, buffer.data(), buffer.size());
  if (n < 0 && errno == EINVAL && buffer.size() < kMostRoom) {
    buffer.resize(2 * buffer.size());
    return true;
  }
  if (n < 0) {
    return errno == EAGAIN || errno == EINTR || errno == ENOENT;  // ENOENT: interrupted
  }
  const auto& request = *reinterpret_cast<const fuse_in_header*>(buffer.data());
  const fuse_out_header answer = {sizeof answer, -ECONNABORTED, request.unique};
  if (static_cast<std::size_t>(n) >= sizeof request && WantsAnswer(request.opcode)) {
    (void)!write(device, &answer, sizeof answer);
  }
  return n > 0;
}

void FailRequests(int device, int process) {
  const fuse_out_header resend = {sizeof resend, kNotifyResend, 0};
  (void)!write(device, &resend, sizeof resend);
  std::vector<std::byte> buffer(kRoom);
  std::array<pollfd, 2> ready = {{{process, POLLIN, 0}, {device, POLLIN, 0}}};
  do {
    poll(ready.data(), ready.size(), -1);
  } while (ready[0].revents == 0 && FailRequest(device, buffer));
}

}  // namespace

Result<UniqueFd> OpenMount(const std::string& mountpoint, unsigned& number) {
  UniqueFd root(open(mountpoint.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct statx st;
  if (!root || statx(root.get(), "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &st) != 0) {
    return FailErrno("mount");
  }
  number = st.stx_dev_minor;
  return root;
}

Result<ConnectionAbort> ConnectionAbort::Take(const std::string& mountpoint, int device) {
  unsigned number = 0;
  TRY(OpenMount(mountpoint, number));
  ConnectionAbort taken(mountpoint, number, device);
  taken.abort_ = OpenAbort(number);
  return taken;
}

bool ConnectionAbort::ForceUnmount() const {
  unsigned found = 0;
  const auto root = OpenMount(mountpoint_, found);
  if (!root || found != number_) {
    return false;
  }
  // Our descriptor keeps the file system mounted, so that umount2 aborts the connection and then
  // fails with EBUSY. Callers get ENOTCONN, and do not reach the directory below the mount.
  const std::string path = "/proc/self/fd/" + std::to_string(root->get());
  return umount2(path.c_str(), MNT_FORCE) == 0 || errno == EBUSY;
}

void ConnectionAbort::Abort(int process) const {
  if (abort_) {
    (void)!write(abort_.get(), "1", 1);
  } else if (!ForceUnmount()) {
    FailRequests(device_, process);
  }
}

bool ConnectionAbort::Detach() const {
  unsigned found = 0;
  return OpenMount(mountpoint_, found) && found == number_ &&
         umount2(mountpoint_.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0;
}

}  // namespace shmount
