// SPDX-License-Identifier: Apache-2.0
#include "core/libshmount/name.h"

#include <climits>
#include <cstdint>
#include <random>

#include "core/libshmount/error.h"

namespace shm {

shmount::Directory OpenShm() {
  return Unwrap(shmount::Directory::OpenBacking("/dev/shm"), "/dev/shm");
}

std::string CheckName(std::string_view name) {
  if (name.starts_with('/')) {
    name.remove_prefix(1);
  }
  if (name.empty() || name == "." || name == ".." || name.find('/') != name.npos ||
      name.find('\0') != name.npos) {
    Throw(EINVAL, "no name for a block: '" + std::string(name) + "'");
  }
  if (name.size() > NAME_MAX) {
    Throw(ENAMETOOLONG, std::string(name));
  }
  return std::string(name);
}

std::string NovelName() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string name = "psm_";
  std::uint32_t bits = std::random_device()();
  for (int i = 0; i < 8; ++i, bits >>= 4) {
    name += kDigits[bits & 15];
  }
  return name;
}

}  // namespace shm
