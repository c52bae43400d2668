// SPDX-License-Identifier: Apache-2.0
// In builds with -Dfault_points=true only.
#include "core/base/fault_point.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "core/base/unique_fd.h"

namespace shmount {
namespace {

/// The layout of the file that SHMOUNT_FAULTS names. Tests write and read it:
/// tests/mount/faults.py.
struct Plan {
  std::uint32_t at;       ///< the number, from 1, of the call to hit; 0: none
  std::uint32_t passed;   ///< how many calls were counted
  std::int32_t code;      ///< the errno to fail with; 0: SIGKILL; negative: wait to be killed
  std::uint32_t changes;  ///< whether only calls that change something count
  char call[48];          ///< the call that was hit
};

Plan* MapPlan() {
  const char* path = secure_getenv("SHMOUNT_FAULTS");
  const UniqueFd fd(path == nullptr ? -1 : open(path, O_RDWR | O_CLOEXEC));
  void* plan = fd ? mmap(nullptr, sizeof(Plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0)
                  : MAP_FAILED;
  return plan == MAP_FAILED ? nullptr : static_cast<Plan*>(plan);
}

}  // namespace

bool FaultPoint(const char* call, bool changes) {
  static Plan* const kPlan = MapPlan();
  Plan* const plan = kPlan;
  // Calls of other threads do not count: no test can choose when these run, and they only read.
  if (plan == nullptr || gettid() != getpid() || (plan->changes != 0 && !changes)) {
    return false;
  }
  if (++plan->passed != plan->at) {
    return false;
  }
  std::strncpy(plan->call, call, sizeof plan->call - 1);
  if (plan->code == 0) {
    kill(getpid(), SIGKILL);
  }
  while (plan->code < 0) {
    pause();
  }
  errno = plan->code;
  return true;
}

}  // namespace shmount
