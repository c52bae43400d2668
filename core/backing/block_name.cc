// SPDX-License-Identifier: Apache-2.0
#include "core/backing/block_name.h"

#include <climits>
#include <cstdint>
#include <random>

namespace shmount {

Status CheckBlockName(std::string_view name) {
  if (name.empty() || name == "." || name == ".." || name.contains('/') || name.contains('\0')) {
    return Fail(EINVAL, "no name for a block: '" + std::string(name) + "'");
  }
  if (name.size() > NAME_MAX) {
    return Fail(ENAMETOOLONG, std::string(name));
  }
  return {};
}

bool IsVisible(std::string_view name, bool semaphores) {
  return !name.starts_with(kStagingPrefix) && (semaphores || !name.starts_with("sem."));
}

std::string NovelBlockName() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string name = "psm_";
  std::uint32_t bits = std::random_device()();
  for (int i = 0; i < 8; ++i, bits >>= 4) {
    name += kDigits[bits & 15];
  }
  return name;
}

}  // namespace shmount
