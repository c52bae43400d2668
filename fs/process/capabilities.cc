// SPDX-License-Identifier: Apache-2.0
#include "fs/process/capabilities.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <fstream>

namespace shmount {
namespace {

// Only the initial user namespace maps every ID to itself.
bool InInitialUserNamespace() {
  std::ifstream map("/proc/self/uid_map");
  std::uint64_t inside = 1;
  std::uint64_t outside = 1;
  std::uint64_t count = 0;
  map >> inside >> outside >> count;
  return inside == 0 && outside == 0 && count == 4294967295;
}

}  // namespace

bool MayRegisterBackings() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data = {};
  if (syscall(SYS_capget, &header, data.data()) != 0) {
    return false;
  }
  return (data[0].effective & (1U << CAP_SYS_ADMIN)) != 0 && InInitialUserNamespace();
}

}  // namespace shmount
