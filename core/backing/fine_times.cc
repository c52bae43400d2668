// SPDX-License-Identifier: Apache-2.0
#include "core/backing/fine_times.h"

#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <ctime>

#include "core/base/time_order.h"
#include "core/base/unique_fd.h"

namespace shmount {
namespace {

constexpr int kTries = 16;

struct timespec Tick() {
  struct timespec now = {};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return now;
}

// Tries it on a memfd, which lies on a tmpfs of the kernel's own, so that nothing appears in the
// backing.
bool TmpfsHasFineTimes() {
  const UniqueFd file(memfd_create("times", MFD_CLOEXEC));
  for (int i = 0; file && i < kTries; ++i) {
    struct stat before = {};
    struct stat after = {};
    const auto tick = Tick();
    const bool done = write(file.get(), "", 1) == 1 && fstat(file.get(), &before) == 0 &&
                      write(file.get(), "", 1) == 1 && fstat(file.get(), &after) == 0;
    if (!done) {
      return false;
    }
    if (SameTime(tick, Tick())) {
      return !SameTime(before.st_ctim, after.st_ctim);
    }
  }
  return false;  // the machine is too slow to tell
}

}  // namespace

bool HasFineTimes(const Directory& backing) {
  struct statfs fs = {};
  return fstatfs(backing.fd(), &fs) == 0 && fs.f_type == TMPFS_MAGIC && TmpfsHasFineTimes();
}

}  // namespace shmount
